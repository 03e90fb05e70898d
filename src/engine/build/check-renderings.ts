import { Redactor, type SecretValue, type SheafError, type SourcePos } from "../diagnostics/index.js";
import { createObjectChecker, type ObjectChecker } from "../kube-schema/index.js";
import { checkRendering, type ObjectError, type Rendering, type Resolver } from "../module/index.js";
import { type KubeObject, refOf } from "../object/index.js";

/** What the instances of a bundle render. */
export type InstanceRendering = Rendering & Readonly<{ pos?: SourcePos | undefined }>;

/** What servers would say of rendered objects. */
export type CheckedRenderings = Readonly<{
  faults: readonly ObjectError[];
  /** Deprecated APIs, and a Kubernetes version of which nothing is known. */
  warnings: readonly SheafError[];
  /** Objects of kinds that neither Kubernetes, nor the bundle, nor the catalog defines. */
  unchecked: readonly KubeObject[];
}>;

/**
 * Checks what the instances of a bundle render against the API of a Kubernetes version, the definitions that the bundle
 * brings, and those of Flux in the catalog, of the release that the instance's module is for.
 *
 * @param secrets What no message shows
 */
export async function checkRenderings(
  renderings: readonly InstanceRendering[],
  kubeVersion: string,
  resolver: Pick<Resolver, "fluxDefinitions">,
  secrets?: readonly SecretValue[],
): Promise<CheckedRenderings> {
  const checker = await createObjectChecker(kubeVersion);
  checker.define(renderings.flatMap(({ objects }) => objects));
  const redactor = new Redactor(secrets);
  const show = (text: string) => redactor.redactValue(text);
  const found: ObjectError[] = [];
  for (const rendering of renderings) {
    await defineFlux(checker, rendering, resolver);
    const subject = `instance "${rendering.input.instance.name}": `;
    found.push(...checkRendering(rendering, checker, { subject, pos: rendering.pos, show }));
  }
  return {
    faults: found.filter(({ code }) => code === "invalid-object"),
    warnings: [...checker.warnings, ...found.filter(({ code }) => code === "deprecated-api")],
    unchecked: renderings.flatMap(({ objects }) => objects.filter((object) => !checker.knows(object))),
  };
}

/** Flux's definitions are mostly on the cluster already, from another bundle: the catalog has them, too. */
async function defineFlux(
  checker: ObjectChecker,
  { module, objects }: Rendering,
  resolver: Pick<Resolver, "fluxDefinitions">,
): Promise<void> {
  const isFlux = (object: KubeObject) => refOf(object).group.endsWith(".fluxcd.io") && !checker.knows(object);
  if (objects.some(isFlux)) checker.define(await resolver.fluxDefinitions(module.version));
}
