import { isJsonObject, type JsonObject, type JsonValue, setKey } from "../json/index.js";
import { isKubeObject, type KubeObject } from "../object/index.js";
import { isSecret } from "../plan/index.js";
import type { ShownDiff } from "./events.js";

/** What a server keeps in every object for itself: it differs at every write and tells a reader nothing. */
const serverFields = new Set([
  "managedFields",
  "resourceVersion",
  "uid",
  "generation",
  "creationTimestamp",
  "selfLink",
]);
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
/** A text shorter than this is masked only where it is a whole value: "a" would turn every text into stars. */
const minPartChars = 4;

/** Takes secrets out of what is shown. The one place that does: every event, diff and message of the engine goes through it. */
export type Masker = Readonly<{
  /** A change as it may be shown. A masked value that differs is `*** (before)` and `*** (after)`. */
  diff: (before: KubeObject | undefined, after: KubeObject | undefined) => ShownDiff;
  /** A text, such as a server's answer that quotes what it was sent. */
  text: (text: string) => string;
}>;

/** One place of an object, before and after. */
type Pair = readonly [before: JsonValue | undefined, after: JsonValue | undefined];

/**
 * @param secrets Texts that came from the runtime. Their base64 form is masked too.
 */
export function createMasker(secrets: readonly string[] = []): Masker {
  const forms = new Set(secrets.flatMap((text) => [text, Buffer.from(text, "utf8").toString("base64")]));
  forms.delete("");
  const parts = [...forms].filter((form) => form.length >= minPartChars).sort((a, b) => b.length - a.length);

  const maskText = (text: string): string => {
    if (forms.has(text)) return "***";
    return parts.reduce((masked, part) => masked.replaceAll(part, "***"), text);
  };
  const maskScalar = (value: JsonValue | undefined): JsonValue | undefined => {
    if (typeof value === "string") return maskText(value);
    return typeof value === "number" && forms.has(String(value)) ? "***" : value;
  };
  const maskPair = (pair: Pair): Pair => {
    const [before, after] = pair;
    if (isInner(before) || isInner(after)) return mapInner(pair, maskPair);
    const shown: Pair = [maskScalar(before), maskScalar(after)];
    if (before === undefined || after === undefined || before === after) return shown;
    const [masksBefore, masksAfter] = [shown[0] !== before, shown[1] !== after];
    if (masksBefore === masksAfter && shown[0] !== shown[1]) return shown;
    // A secret on one side only: the other side held its earlier text, or holds its later one.
    return hidePair(pair);
  };
  const maskObject = (pair: Pair): Pair =>
    mapInner(pair, (inner, key) => (key === "data" || key === "stringData" ? hideEntries(inner) : maskPair(inner)));

  return {
    text: maskText,
    diff: (before, after) => {
      const object = after ?? before;
      const pair: Pair = [before && strip(before), after && strip(after)];
      const shown = object !== undefined && isSecret(object) ? maskObject(pair) : maskPair(pair);
      return {
        ...(isKubeObject(shown[0]) ? { before: shown[0] } : {}),
        ...(isKubeObject(shown[1]) ? { after: shown[1] } : {}),
      };
    },
  };
}

function isInner(value: JsonValue | undefined): value is JsonObject | JsonValue[] {
  return typeof value === "object" && value !== null;
}

/** Masks what two objects or two lists hold, place by place; a side of another form than the other is masked alone. */
function mapInner(pair: Pair, mask: (inner: Pair, key: string) => Pair): Pair {
  const [before, after] = pair;
  const form = before ?? after;
  if (before !== undefined && after !== undefined && formOf(before) !== formOf(after))
    return [mapInner([before, before], mask)[0], mapInner([after, after], mask)[1]];
  if (!isInner(form)) return mask(pair, "");
  const keys = new Set([...keysOf(before), ...keysOf(after)]);
  const shown = [...keys].map((key): [string, Pair] => [key, mask([at(before, key), at(after, key)], key)]);
  const side = (index: 0 | 1): JsonValue | undefined => {
    if (pair[index] === undefined) return undefined;
    if (Array.isArray(form)) return shown.map(([, inner]) => inner[index]).filter((value) => value !== undefined);
    const object: JsonObject = {};
    for (const [key, inner] of shown) {
      const value = inner[index];
      if (value !== undefined) setKey(object, key, value);
    }
    return object;
  };
  return [side(0), side(1)];
}

function hideEntries(pair: Pair): Pair {
  return pair.some((side) => side !== undefined && !isJsonObject(side)) ? hidePair(pair) : mapInner(pair, hidePair);
}

function hidePair([before, after]: Pair): Pair {
  if (before === undefined || after === undefined || JSON.stringify(before) === JSON.stringify(after))
    return [before === undefined ? undefined : "***", after === undefined ? undefined : "***"];
  return ["*** (before)", "*** (after)"];
}

function strip(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  const metadata = Object.entries(object.metadata).filter(([key]) => !serverFields.has(key));
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
