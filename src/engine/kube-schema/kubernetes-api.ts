import { suggest } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject } from "../json/index.js";
import type { Definitions } from "./check-object.js";
import { faultAt, type ObjectFault } from "./fault.js";
import apiData from "./kubernetes-api.json" with { type: "json" };
import { UnknownRelease } from "./unknown-release.js";

type ApiData = typeof apiData;
type Variant = Readonly<{ from: string; to: string }>;

/** A kind in a version of its API. */
export type ApiKind = Readonly<{ apiVersion: string; kind: string }>;

/** The API of one Kubernetes release: the kinds that it has, and their fields. */
export class KubernetesApi implements Definitions {
  /** The minor release that was asked for: `1.35`. */
  readonly release: string;
  readonly #data: ApiData;
  /** The nearest release that is known. */
  readonly #known: string;
  readonly #resolved = new Map<string, JsonObject | undefined>();

  constructor(data: ApiData, release: string) {
    this.release = release;
    this.#data = data;
    const older = data.versions.filter((each) => compareReleases(each, release) <= 0);
    this.#known = older.at(-1) ?? data.versions[0] ?? release;
  }

  /** A warning where another release stands in for the one that was asked for. */
  findReleaseFault(): UnknownRelease | undefined {
    const { versions } = this.#data;
    if (versions.includes(this.release)) return undefined;
    const known = `${versions.at(0)} to ${versions.at(-1)}`;
    return new UnknownRelease(
      `Kubernetes ${this.release} is not known here (${known} are): objects are checked against ${this.#known}`,
    );
  }

  /** The schema of a kind; undefined for one that this release does not have. */
  schemaOf(kind: ApiKind): JsonObject | undefined {
    const name = this.#data.kinds[keyOf(kind)];
    return name !== undefined && this.resolve(name) !== undefined ? { $ref: name } : undefined;
  }

  /** What speaks against using a kind at all: it is gone, going, not there yet, or was never there. */
  findKindFault(kind: ApiKind): ObjectFault | undefined {
    const what = `${kind.apiVersion} ${kind.kind}`;
    const { deprecated, removed, replacement } = this.#data.lifecycle[keyOf(kind)] ?? {};
    const instead = replacement === undefined ? "" : `; use ${replacement.replace(/\/(?=[^/]*$)/, " ")}`;
    if (removed !== undefined && this.#isAtLeast(removed))
      return faultAt(["apiVersion"], `${what} was removed in Kubernetes ${removed}${instead}`);
    if (this.schemaOf(kind) === undefined) return this.#explainUnknownKind(kind, what);
    if (deprecated === undefined || !this.#isAtLeast(deprecated)) return undefined;
    const end = removed === undefined ? "" : ` and goes in ${removed}`;
    const message = `${what} is deprecated since Kubernetes ${deprecated}${end}${instead}`;
    return { ...faultAt(["apiVersion"], message), isWarning: true };
  }

  resolve(name: string): JsonObject | undefined {
    if (this.#resolved.has(name)) return this.#resolved.get(name);
    const at = this.#known;
    const isCurrent = ({ from, to }: Variant) => compareReleases(from, at) <= 0 && compareReleases(at, to) <= 0;
    const schema = this.#data.definitions[name]?.find(isCurrent)?.schema;
    this.#resolved.set(name, schema);
    return schema;
  }

  explainField(name: string, field: string): string | undefined {
    const having = this.#data.definitions[name]?.filter(
      ({ schema }) => isJsonObject(schema.properties) && Object.hasOwn(schema.properties, field),
    );
    const [first, last] = [having?.at(0), having?.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    return this.#isAtLeast(first.from)
      ? `this field is there up to Kubernetes ${last.to}, and the version wanted is ${this.release}`
      : `this field is there from Kubernetes ${first.from} on, and the version wanted is ${this.release}`;
  }

  #isAtLeast(release: string): boolean {
    return compareReleases(this.release, release) >= 0;
  }

  /** Undefined for a group that is not Kubernetes' own: who knows what is in it. */
  #explainUnknownKind(kind: ApiKind, what: string): ObjectFault | undefined {
    const variants = this.#data.definitions[this.#data.kinds[keyOf(kind)] ?? ""];
    const [first, last] = [variants?.at(0), variants?.at(-1)];
    if (first !== undefined && last !== undefined) {
      const when = this.#isAtLeast(first.from) ? `up to Kubernetes ${last.to}` : `from Kubernetes ${first.from} on`;
      return faultAt(["apiVersion"], `${what} is there ${when}, and the version wanted is ${this.release}`);
    }
    const kinds = Object.keys(this.#data.kinds).map(splitKey);
    const ofGroup = kinds.filter(({ apiVersion }) => groupOf(apiVersion) === groupOf(kind.apiVersion));
    // A definition's group has to have a dot.
    if (ofGroup.length === 0 && groupOf(kind.apiVersion).includes(".")) return undefined;
    const namesakes = [...ofGroup, ...kinds].filter((each) => each.kind === kind.kind);
    const versions = [...new Set(namesakes.map(({ apiVersion }) => apiVersion))].join(", ");
    if (versions !== "") return faultAt(["apiVersion"], `there is no ${what}; ${kind.kind} is in ${versions}`);
    const near = suggest(
      kind.kind,
      ofGroup.map((each) => each.kind),
    );
    return faultAt(["kind"], `there is no ${what}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
}

/**
 * What is known of the API of a Kubernetes version. A version between those that are known has the API of the older one;
 * one before them all, of the first; APIs that were removed by then are known for every version.
 *
 * @param version `1.35.2`, `v1.35` or `1.35`
 */
export function kubernetesApi(version: string): KubernetesApi {
  return new KubernetesApi(apiData, releaseOf(version));
}

/** The minor release of a version. */
function releaseOf(version: string): string {
  return version.replace(/^v/, "").split(".").slice(0, 2).join(".");
}

function compareReleases(a: string, b: string): number {
  const [[x = 0, y = 0], [z = 0, w = 0]] = [a.split(".").map(Number), b.split(".").map(Number)];
  return x - z || y - w;
}

function keyOf({ apiVersion, kind }: ApiKind): string {
  return `${apiVersion}/${kind}`;
}

function splitKey(key: string): ApiKind {
  const slash = key.lastIndexOf("/");
  return { apiVersion: key.slice(0, slash), kind: key.slice(slash + 1) };
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}
