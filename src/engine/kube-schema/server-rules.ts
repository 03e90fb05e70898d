import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { type KubeObject, refOf } from "../object/index.js";
import { faultAt, type ObjectFault, type Path } from "./fault.js";

/** Where the pods of a kind are described. */
const podTemplates: Readonly<Record<string, Path>> = {
  "/Pod": [],
  "/ReplicationController": ["spec", "template"],
  "apps/DaemonSet": ["spec", "template"],
  "apps/Deployment": ["spec", "template"],
  "apps/ReplicaSet": ["spec", "template"],
  "apps/StatefulSet": ["spec", "template"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template"],
  "batch/Job": ["spec", "template"],
};
/** Kinds that are nothing without a spec, which their schema leaves open. */
const needSpec = new Set(Object.keys(podTemplates).filter((key) => key !== "/ReplicationController"));

/**
 * Rules that no schema has, since API servers check them by code of their own, of those that authors break: names, labels,
 * selectors, mounts of volumes that are not there. Only what every server refuses, whatever it holds.
 *
 * @param object One that fits its schema
 */
export function* checkServerRules(object: KubeObject): Generator<ObjectFault> {
  const { group, kind } = refOf(object);
  const key = `${group}/${kind}`;
  yield* nameFaults(object, group);
  yield* metadataFaults(object.metadata, ["metadata"]);
  if (needSpec.has(key) && !isJsonObject(object.spec)) yield faultAt(["spec"], "required value is missing");
  const path = Object.hasOwn(podTemplates, key) ? podTemplates[key] : undefined;
  if (path !== undefined) yield* podFaults(object, kind, path);
  if (key === "networking.k8s.io/Ingress") yield* ingressFaults(object);
}

const label = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const subdomain = new RegExp(`^${label}(?:\\.${label})*$`);
const dnsLabel = new RegExp(`^${label}$`);

/** Kinds whose names follow rules of their own. */
const otherNames = new Set(["CertificateSigningRequest", "ClusterTrustBundle", "IPAddress"]);

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function* nameFaults({ kind, metadata: { name } }: KubeObject, group: string): Generator<ObjectFault> {
  if (typeof name !== "string" || otherNames.has(kind)) return;
  const fault = (right: string) => faultAt(["metadata", "name"], `has to be ${right}`, name);
  if (group === "rbac.authorization.k8s.io") {
    if (/[/%]/.test(name) || name === "." || name === "..") yield fault("without / and %");
  } else if (group === "" && (kind === "Namespace" || kind === "Service")) {
    if (name.length > 63 || !dnsLabel.test(name)) yield fault("lower-case letters, digits and -, up to 63 of them");
  } else if (name.length > 253 || !subdomain.test(name)) yield fault("lower-case letters, digits, - and .");
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
function* metadataFaults(metadata: JsonValue | undefined, path: Path): Generator<ObjectFault> {
  if (!isJsonObject(metadata)) return;
  for (const [key, value] of entriesOf(metadata.labels)) {
    if (!isQualifiedName(key)) yield faultAt([...path, "labels", key], `the key has to be ${qualifiedName}`);
    else if (
      typeof value === "string" &&
      (value.length > 63 || !/^(?:\w(?:[-\w.]*\w)?)?$/.test(value) || /^_|_$/.test(value))
    )
      yield faultAt([...path, "labels", key], "has to be letters, digits, -, _ and ., up to 63 of them", value);
  }
  for (const [key] of entriesOf(metadata.annotations)) {
    if (!isQualifiedName(key.toLowerCase()))
      yield faultAt([...path, "annotations", key], `the key has to be ${qualifiedName}`);
  }
}

const qualifiedName = "a name of letters, digits, -, _ and ., up to 63 of them, after an optional DNS name and /";

function isQualifiedName(key: string): boolean {
  const [name = "", prefix, ...more] = key.split("/").toReversed();
  if (more.length > 0 || (prefix !== undefined && (prefix.length > 253 || !subdomain.test(prefix)))) return false;
  return name.length <= 63 && /^[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$/.test(name);
}

function* podFaults(object: KubeObject, kind: string, path: Path): Generator<ObjectFault> {
  const template = at(object, path);
  if (template === undefined) return;
  if (path.length > 0) yield* metadataFaults(template.metadata, [...path, "metadata"]);
  if (object.apiVersion === "apps/v1") yield* selectorFaults(object, template);
  const spec = at(template, ["spec"]);
  if (spec === undefined) return;
  // Of a StatefulSet, its claims are volumes, too.
  const volumes = new Set(itemsOf(spec.volumes).map(({ name }) => name));
  for (const list of ["containers", "initContainers"]) {
    for (const [index, container] of itemsOf(spec[list]).entries()) {
      const here = [...path, "spec", list, index];
      if (kind === "Pod" && (container.image === undefined || container.image === ""))
        yield faultAt([...here, "image"], "required value is missing");
      for (const [mount, { name }] of itemsOf(container.volumeMounts).entries()) {
        if (kind === "StatefulSet" || volumes.has(name)) continue;
        yield faultAt([...here, "volumeMounts", mount, "name"], "there is no volume of this name", name);
      }
    }
  }
}

function* selectorFaults(object: KubeObject, template: JsonObject): Generator<ObjectFault> {
  const selector = at(object, ["spec", "selector"]);
  if (selector === undefined) return;
  const wanted = entriesOf(selector.matchLabels);
  if (wanted.length === 0 && itemsOf(selector.matchExpressions).length === 0)
    yield faultAt(["spec", "selector"], "selects nothing; it needs the labels of the template");
  const labels = new Map(entriesOf(at(template, ["metadata"])?.labels));
  for (const [key, value] of wanted) {
    if (labels.get(key) === value) continue;
    yield faultAt(["spec", "selector", "matchLabels", key], "the labels of the template do not have it", value);
  }
}

function* ingressFaults(object: KubeObject): Generator<ObjectFault> {
  for (const [index, { host }] of itemsOf(at(object, ["spec"])?.rules).entries()) {
    if (typeof host !== "string" || host === "") continue;
    const bare = host.startsWith("*.") ? host.slice(2) : host;
    if (bare.length > 253 || !subdomain.test(bare))
      yield faultAt(["spec", "rules", index, "host"], "has to be a DNS name, whose first part may be *", host);
  }
}

function at(value: JsonValue | undefined, path: Path): JsonObject | undefined {
  let found = value;
  for (const step of path) found = isJsonObject(found) ? found[step] : undefined;
  return isJsonObject(found) ? found : undefined;
}

function entriesOf(map: JsonValue | undefined): [string, JsonValue][] {
  return isJsonObject(map) ? Object.entries(map) : [];
}

function itemsOf(list: JsonValue | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
