import { createMasker } from "../engine/apply/index.js";
import type { KubeObject } from "../engine/object/index.js";
import type { RenderedBundle } from "../engine/plan/index.js";
import { stringifyYaml } from "../engine/yaml/index.js";
import type { Context } from "./context.js";

/** The options that say how objects are printed: see `printOptions`. */
export type PrintArgs = Readonly<{ output: "yaml" | "json"; maskSecrets: boolean }>;

/** Prints the objects of all instances to stdout: YAML documents, or a List of Kubernetes in JSON. */
export function printObjects({ instances, secrets }: RenderedBundle, args: PrintArgs, { terminal }: Context): void {
  const objects = instances.flatMap((instance) => instance.objects);
  if (args.maskSecrets) {
    const masker = createMasker(secrets);
    const masked = objects.flatMap((object) => masker.diff(undefined, object).after ?? []);
    // What is masked is shown as everything else that a run tells; what is not has to be exact.
    if (args.output === "json") terminal.json(listOf(masked), 2);
    else terminal.say(yamlOf(masked));
  } else terminal.out(args.output === "json" ? `${JSON.stringify(listOf(objects), null, 2)}\n` : yamlOf(objects));
}

function yamlOf(objects: readonly KubeObject[]): string {
  return objects.map((object) => `---\n${stringifyYaml(object)}`).join("");
}

function listOf(items: readonly KubeObject[]) {
  return { apiVersion: "v1", kind: "List", items };
}
