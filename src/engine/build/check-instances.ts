import { Redactor, type SecretValue } from "../diagnostics/index.js";
import { createObjectChecker, type ObjectChecker } from "../kube-schema/index.js";
import { checkRendering, type ObjectError, type Rendering, type Resolver } from "../module/index.js";
import { type KubeObject, refOf } from "../object/index.js";
import type { RenderedInstance } from "../plan/index.js";

/** An instance, and what its objects were rendered from. */
export type BuiltInstance = Readonly<{ instance: RenderedInstance; rendering: Rendering }>;

/** What servers would say of the objects of a bundle. */
export type CheckedInstances = Readonly<{
  faults: readonly ObjectError[];
  /** Deprecated APIs. */
  warnings: readonly ObjectError[];
  /** Objects of kinds that neither Kubernetes, nor the bundle, nor the catalog defines. */
  unchecked: readonly KubeObject[];
}>;

/**
 * Checks the objects of a bundle's instances against the API of a Kubernetes version, the definitions that the bundle
 * brings, and those of Flux in the catalog, of the release that the instance's module is for.
 *
 * @param secrets What no message shows
 */
export async function checkInstances(
  built: readonly BuiltInstance[],
  kubeVersion: string,
  resolver: Resolver,
  secrets?: readonly SecretValue[],
): Promise<CheckedInstances> {
  const checker = await createObjectChecker(kubeVersion);
  checker.define(built.flatMap(({ instance }) => instance.objects));
  const redactor = new Redactor(secrets);
  const found: ObjectError[] = [];
  const unchecked: KubeObject[] = [];
  for (const { instance, rendering } of built) {
    await defineFlux(checker, instance, resolver);
    const context = {
      subject: `instance "${instance.name}": `,
      pos: instance.pos,
      show: (text: string) => redactor.redactValue(text),
    };
    found.push(...checkRendering(rendering, checker, context));
    unchecked.push(...instance.objects.filter((object) => !checker.knows(object)));
  }
  return {
    faults: found.filter(({ code }) => code === "invalid-object"),
    warnings: found.filter(({ code }) => code === "deprecated-api"),
    unchecked,
  };
}

/** Flux's definitions are mostly on the cluster already, from another bundle: the catalog has them, too. */
async function defineFlux(checker: ObjectChecker, instance: RenderedInstance, resolver: Resolver): Promise<void> {
  const isFlux = (object: KubeObject) => refOf(object).group.endsWith(".fluxcd.io") && !checker.knows(object);
  if (instance.objects.some(isFlux)) checker.define(await resolver.fluxDefinitions(instance.module.version));
}
