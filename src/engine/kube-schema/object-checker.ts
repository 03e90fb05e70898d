import type { JsonObject } from "../json/index.js";
import { apiVersionOf, isSecret, type KubeObject, refOf } from "../object/index.js";
import { checkObject } from "./check-object.js";
import { faultAt, type ObjectFault } from "./fault.js";
import { type KubernetesApi, kubernetesApi } from "./kubernetes-api.js";
import { type ServedVersion, servedVersions } from "./served-versions.js";
import { checkServerRules } from "./server-rules.js";
import type { UnknownRelease } from "./unknown-release.js";

/** Checks objects against the API of one Kubernetes version, and against the definitions of custom resources that it is told of. */
export class ObjectChecker {
  readonly #api: KubernetesApi;
  readonly #served = new Map<string, ServedVersion[]>();

  /** @param kubeVersion `1.35.2`, with or without `v` and patch number */
  constructor(kubeVersion: string) {
    this.#api = kubernetesApi(kubeVersion);
  }

  /** What there is to say of the Kubernetes version itself. */
  get warnings(): UnknownRelease[] {
    return [this.#api.findReleaseFault() ?? []].flat();
  }

  /** Takes up the definitions among some objects. Of two definitions of a kind the first counts. */
  define(objects: Iterable<KubeObject>): void {
    for (const object of objects) {
      const versions = servedVersions(object);
      const [first] = versions;
      if (first !== undefined && !this.#served.has(kindKey(first))) this.#served.set(kindKey(first), versions);
    }
  }

  /** Whether anything is known of the kind of an object. */
  knows(object: KubeObject): boolean {
    return (
      this.#served.has(kindKey(refOf(object))) ||
      this.#api.schemaOf(object) !== undefined ||
      this.#api.findKindFault(object) !== undefined
    );
  }

  /** What a server would refuse of an object, or warn of; nothing for an object of a kind of which nothing is known. */
  check(object: KubeObject): ObjectFault[] {
    return isSecret(object) ? this.#find(object).map(withoutFound) : this.#find(object);
  }

  #find(object: KubeObject): ObjectFault[] {
    const versions = this.#served.get(kindKey(refOf(object)));
    if (versions !== undefined) return this.#checkCustom(object, versions);
    const ofKind = this.#api.findKindFault(object);
    const schema = this.#api.schemaOf(object);
    if (ofKind !== undefined && ofKind.isWarning === undefined) return [ofKind];
    const faults = schema === undefined ? [] : withServerRules(object, checkObject(object, schema, this.#api));
    return ofKind === undefined ? faults : [ofKind, ...faults];
  }

  #checkCustom(object: KubeObject, versions: readonly ServedVersion[]): ObjectFault[] {
    const { apiVersion, kind } = object;
    const found = versions.find((version) => apiVersionOf(version) === apiVersion);
    if (found === undefined) {
      const right = versions.map(apiVersionOf).join(", ");
      return [faultAt(["apiVersion"], `there is no ${apiVersion} ${kind}; ${kind} is in ${right}`)];
    }
    const anything: JsonObject = { "x-kubernetes-preserve-unknown-fields": true };
    const faults = withServerRules(object, checkObject(object, found.schema ?? anything, this.#api));
    if (found.deprecation === undefined) return faults;
    const newer = versions.find(({ deprecation }) => deprecation === undefined);
    const instead = newer === undefined ? "" : `; use ${apiVersionOf(newer)}`;
    const message = found.deprecation || `${apiVersion} ${kind} is deprecated${instead}`;
    return [{ ...faultAt(["apiVersion"], message), isWarning: true }, ...faults];
  }
}

/** What only the server's own code refuses is looked for in what fits its schema. */
function withServerRules(object: KubeObject, faults: ObjectFault[]): ObjectFault[] {
  return faults.length > 0 ? faults : [...checkServerRules(object)];
}

/** The fault alone: what a Secret holds is nobody's to read. */
function withoutFound({ found: _, ...fault }: ObjectFault): ObjectFault {
  return fault;
}

function kindKey({ group, kind }: Readonly<{ group: string; kind: string }>): string {
  return `${group}/${kind}`;
}
