import { Redactor, type SecretValue, type SheafError } from "../diagnostics/index.js";
import { checkObject, formatFault, type ServedVersion, servedVersions } from "../kube-schema/index.js";
import { apiVersionOf, formatRef, type KubeObject, refOf } from "../object/index.js";
import { PlanError } from "./errors.js";
import type { RenderedInstance } from "./input.js";

/**
 * Checks custom resources against the definitions that the bundle itself brings: a server cannot, before it has them.
 * Definitions in use may change with the bundle, so those on the server do not count.
 */
export function findMisfits(instances: readonly RenderedInstance[], secrets?: readonly SecretValue[]): SheafError[] {
  const served = new Map<string, ServedVersion[]>();
  for (const version of instances.flatMap(({ objects }) => objects.flatMap(servedVersions))) {
    const key = kindKey(version);
    served.set(key, [...(served.get(key) ?? []), version]);
  }
  if (served.size === 0) return [];
  const redactor = new Redactor(secrets);
  const show = (text: string) => redactor.redactValue(text);
  return instances.flatMap((instance) =>
    instance.objects.flatMap((object) => {
      const versions = served.get(kindKey(refOf(object)));
      const faults = versions === undefined ? [] : misfitsOf(object, versions, show);
      const subject = `instance "${instance.name}" renders ${formatRef(refOf(object))}, which its definition in the bundle refuses`;
      return faults.map((fault) => new PlanError("invalid-object", `${subject}: ${fault}`, instance.pos));
    }),
  );
}

function misfitsOf(object: KubeObject, versions: readonly ServedVersion[], show: (text: string) => string): string[] {
  const found = versions.find((version) => apiVersionOf(version) === object.apiVersion);
  if (found === undefined)
    return [`it serves ${versions.map(({ version }) => version).join(", ")}, not ${refOf(object).version}`];
  if (found.schema === undefined) return [];
  return checkObject(object, found.schema).map((fault) => formatFault(fault, show));
}

function kindKey({ group, kind }: Readonly<{ group: string; kind: string }>): string {
  return `${group}/${kind}`;
}
