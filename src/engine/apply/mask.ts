import { Redactor, type SecretValue } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, setKey } from "../json/index.js";
import { isKubeObject, isSecret, type KubeObject, serverMetadata } from "../object/index.js";
import type { ShownDiff } from "./events.js";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Takes secrets out of what is shown. The one place that does: every event, diff and message of the engine goes through it. */
export type Masker = Readonly<{
  /** A change as it may be shown. A masked value that differs is `*** (before)` and `*** (after)`. */
  diff: (before: KubeObject | undefined, after: KubeObject | undefined) => ShownDiff;
  /** A text, such as a server's answer that quotes what it was sent. */
  text: (text: string) => string;
  /** Whether an object's own text holds a secret one, as a Deployment's environment may. */
  holdsSecret: (object: KubeObject) => boolean;
}>;

/** One place of an object, before and after. */
type Pair = readonly [before: JsonValue | undefined, after: JsonValue | undefined];

/** How to show what two objects or lists hold: the values of a key, and the key itself. */
type Show = Readonly<{ pair: (inner: Pair, key: string) => Pair; key: (key: string, isGone: boolean) => string }>;

/**
 * @param secrets What came from the runtime
 * @param earlier What may have come from it for an earlier revision: hidden in texts, and wherever a diff shows the state
 *   before, unless the state after has the same there (docs/decisions/0014-what-diffs-show.md)
 */
export function createMasker(secrets: readonly SecretValue[] = [], earlier: readonly SecretValue[] = []): Masker {
  const current = new Redactor(secrets);
  const past = new Redactor(earlier);

  const maskPair = (pair: Pair): Pair => {
    const [before, after] = pair;
    if (isInner(before) || isInner(after)) return mapInner(pair, showInner);
    const shown: Pair = [redactScalar(current, before), redactScalar(current, after)];
    if (before === after) return shown;
    const old: Pair = [redactScalar(past, shown[0]), shown[1]];
    if (before === undefined || after === undefined) return old;
    const [masksBefore, masksAfter] = [shown[0] !== before, shown[1] !== after];
    if (masksBefore === masksAfter && shown[0] !== shown[1]) return old;
    // A secret on one side only: the other side held its earlier text, or holds its later one.
    return hidePair(pair);
  };
  const maskKey = (key: string, isGone: boolean) => {
    const shown = current.redact(key);
    return isGone ? past.redact(shown) : shown;
  };
  const showInner: Show = { pair: maskPair, key: maskKey };
  const hideInner: Show = { pair: hidePair, key: maskKey };
  const hideEntries = (pair: Pair): Pair =>
    pair.some((side) => side !== undefined && !isJsonObject(side)) ? hidePair(pair) : mapInner(pair, hideInner);
  /** The top of an object, whose keys are those of its kind. */
  const maskObject = (pair: Pair, hidesData: boolean): Pair =>
    mapInner(pair, {
      key: (key) => key,
      pair: (inner, key) => {
        if (hidesData && (key === "data" || key === "stringData")) return hideEntries(inner);
        return key === "metadata" ? mapInner(inner, { ...showInner, key: (name) => name }) : maskPair(inner);
      },
    });
  const isSecretText = (text: string) => current.redact(text) !== text;

  return {
    text: (text) => past.redactValue(current.redactValue(text)),
    holdsSecret: (object) => someText(object, isSecretText),
    diff: (before, after) => {
      const object = after ?? before;
      const shown = maskObject(
        [before && strip(before), after && strip(after)],
        object !== undefined && isSecret(object),
      );
      return {
        ...(isKubeObject(shown[0]) ? { before: shown[0] } : {}),
        ...(isKubeObject(shown[1]) ? { after: shown[1] } : {}),
      };
    },
  };
}

function redactScalar(redactor: Redactor, value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === "string") return redactor.redactValue(value);
  if (typeof value !== "number") return value;
  const text = String(value);
  const shown = redactor.redactValue(text);
  return shown === text ? value : shown;
}

function isInner(value: JsonValue | undefined): value is JsonObject | JsonValue[] {
  return typeof value === "object" && value !== null;
}

/** Masks what two objects or two lists hold, place by place; a side of another form than the other is masked alone. */
function mapInner(pair: Pair, show: Show): Pair {
  const [before, after] = pair;
  const form = before ?? after;
  if (before !== undefined && after !== undefined && formOf(before) !== formOf(after))
    return [mapInner([before, undefined], show)[0], mapInner([undefined, after], show)[1]];
  if (!isInner(form)) return show.pair(pair, "");
  const keys = [...new Set([...keysOf(before), ...keysOf(after)])];
  const shown = keys.map((key) => show.pair([at(before, key), at(after, key)], key));
  if (Array.isArray(form)) {
    const side = (index: 0 | 1) => shown.map((inner) => inner[index]).filter((value) => value !== undefined);
    return [before && side(0), after && side(1)];
  }
  const names = distinct(keys.map((key) => show.key(key, at(after, key) === undefined)));
  const side = (index: 0 | 1): JsonObject => {
    const object: JsonObject = {};
    for (const [place, inner] of shown.entries()) {
      const value = inner[index];
      if (value !== undefined) setKey(object, names[place] ?? "", value);
    }
    return object;
  };
  return [before && side(0), after && side(1)];
}

/** Keys that differ may be masked to the same text: from the second on they are numbered. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name} (${count})`;
    taken.add(free);
    return free;
  });
}

function hidePair([before, after]: Pair): Pair {
  if (before === undefined || after === undefined || JSON.stringify(before) === JSON.stringify(after))
    return [before === undefined ? undefined : "***", after === undefined ? undefined : "***"];
  return ["*** (before)", "*** (after)"];
}

function strip(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  const metadata = Object.entries(object.metadata).filter(([key]) => !serverMetadata.has(key));
  const { apiVersion, kind } = object;
  const shown = { ...Object.fromEntries(metadata), name: object.metadata.name };
  return { ...rest, apiVersion, kind, metadata: withoutLastApplied(shown) };
}

/** kubectl's copy of the whole object repeats a Secret's data. */
function withoutLastApplied<T extends JsonObject>(metadata: T): T {
  if (!isJsonObject(metadata.annotations) || !Object.hasOwn(metadata.annotations, lastApplied)) return metadata;
  const { [lastApplied]: _, ...annotations } = metadata.annotations;
  return { ...metadata, annotations };
}

/** Whether any text of a value, keys included, is such. */
function someText(value: JsonValue, isSuch: (text: string) => boolean): boolean {
  if (typeof value === "string") return isSuch(value);
  if (Array.isArray(value)) return value.some((item) => someText(item, isSuch));
  return isJsonObject(value) && Object.entries(value).some(([key, inner]) => isSuch(key) || someText(inner, isSuch));
}

function formOf(value: JsonValue): string {
  return Array.isArray(value) ? "list" : isJsonObject(value) ? "object" : "scalar";
}

function keysOf(value: JsonValue | undefined): string[] {
  return isInner(value) ? Object.keys(value) : [];
}

function at(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
