import { formatRef, refOf } from "../object/index.js";
import { locatedFrom } from "./located-from.js";
import type { Module } from "./module.js";
import { listOptions, type ModuleOption } from "./schema-options.js";
import { renderSamples } from "./vet-module.js";

/** What `mod show` tells of a module. */
export type ModuleDescription = Readonly<{
  name: string;
  version: string;
  description: string;
  kubeVersion?: string;
  options: readonly ModuleOption[];
  /** Images and objects of the default values and of the schema's examples. */
  images: readonly string[];
  objects: readonly string[];
}>;

/** Describes a module for people who want to use it. */
export async function describeModule(module: Module): Promise<ModuleDescription> {
  const { description, kubeVersion } = module.manifest;
  const { objects } = await renderSamples(module, locatedFrom(module.schema, `${module.name}/values.schema.json`));
  return {
    name: module.name,
    version: module.version,
    description,
    ...(kubeVersion !== undefined && { kubeVersion }),
    options: listOptions(module.schema),
    images: module.images(objects),
    objects: objects.map((object) => formatRef(refOf(object))),
  };
}
