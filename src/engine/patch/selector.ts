import { RE2JS } from "re2js";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import { refOf } from "../object/index.js";
import { PatchError } from "./errors.js";

/** Which objects a patch is for, as in kustomize: all that is given must fit, nothing given fits all. */
export type PatchTarget = Readonly<{
  /** Regular expressions for the whole of the text, in the syntax of RE2. */
  group?: string;
  version?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  /** Selectors as Kubernetes writes them: `app=web,tier in (a,b),!debug`. */
  labelSelector?: string;
  annotationSelector?: string;
}>;

const expressions = ["group", "version", "kind", "name", "namespace"] as const;

/**
 * Reads a target once, for many objects.
 *
 * @throws {PatchError} `bad-target` for a regular expression or a selector that is none
 */
export function targetMatcher(target: PatchTarget): (object: KubeObject) => boolean {
  const tests = expressions.flatMap((field) => {
    const text = target[field];
    return text === undefined || text === "" ? [] : [[field, regularExpression(field, text)] as const];
  });
  const labels = parseSelector(target.labelSelector ?? "", "labelSelector");
  const annotations = parseSelector(target.annotationSelector ?? "", "annotationSelector");
  return (object) => {
    const ref = refOf(object);
    return (
      tests.every(([field, pattern]) => pattern.matches(ref[field])) &&
      labels(mapOf(object.metadata.labels)) &&
      annotations(mapOf(object.metadata.annotations))
    );
  };
}

/** As kustomize reads it: in linear time, whatever a stranger's module has. */
function regularExpression(field: string, text: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch {
    throw new PatchError("bad-target", `the target's ${field} is no regular expression`);
  }
}

function mapOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

type Requirement = (map: JsonObject) => boolean;

const key = String.raw`(?<key>(?:[\w.-]+/)?[\w.-]+)`;
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
const requirement = new RegExp(
  String.raw`^\s*(?:${key}\s*(?<op>==?|!=)\s*(?<value>[^\s,()=!]*)|${key.replace("key", "of")}\s+(?<set>in|notin)\s*\((?<values>[^()]*)\)|(?<not>!?)\s*${key.replace("key", "exists")})\s*(?:,|$)`,
);

function parseSelector(text: string, field: string): Requirement {
  const all: Requirement[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const match = requirement.exec(rest);
    if (match?.groups === undefined)
      throw new PatchError(
        "bad-target",
        `the target's ${field} is no selector; write for example app=web,tier in (a,b),!debug`,
      );
    all.push(requirementOf(match.groups));
    rest = rest.slice(match[0].length);
  }
  return (map) => all.every((each) => each(map));
}

function requirementOf(found: Readonly<Record<string, string | undefined>>): Requirement {
  const has = (map: JsonObject, name: string) => Object.hasOwn(map, name);
  if (found.key !== undefined) {
    const { key: name, value = "", op } = found;
    return op === "!="
      ? (map) => !has(map, name) || map[name] !== value
      : (map) => has(map, name) && map[name] === value;
  }
  if (found.of !== undefined) {
    const { of: name } = found;
    const values = new Set<JsonValue | undefined>((found.values ?? "").split(",").map((value) => value.trim()));
    return found.set === "in"
      ? (map) => has(map, name) && values.has(map[name])
      : (map) => !has(map, name) || !values.has(map[name]);
  }
  const { exists: name = "", not } = found;
  return (map) => has(map, name) === (not !== "!");
}
