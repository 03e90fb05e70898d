import { Buffer } from "node:buffer";
import { equalJson, isJsonObject, type JsonObject, type JsonValue, setKey } from "../json/index.js";
import { compareReleases, parseRelease } from "./release.js";

/** The types that a helper's parameter can ask for. `text` is a string, number or boolean; `any` is every value. */
export type ParamType = "any" | "string" | "number" | "text" | "map" | "list" | "string, list or map";

/** `absent` says that an undefined path is allowed; `optional` that the argument may be left away. */
export type HelperParam = Readonly<{ name: string; type: ParamType; absent?: boolean; optional?: boolean }>;

/** The arguments of a call. Each is evaluated, and its type checked, when it is asked for. */
export interface HelperArgs {
  readonly count: number;
  /** The value, or undefined where its path leads to nothing. */
  maybe(index: number): JsonValue | undefined;
  any(index: number): JsonValue;
  string(index: number): string;
  number(index: number): number;
  text(index: number): string;
  map(index: number): JsonObject;
  list(index: number): JsonValue[];
  /** The name=value arguments, in order. */
  named(): JsonObject;
}

/** A helper: pure, and the same for the same arguments. `rest` types the arguments after `params`. */
export type Helper = Readonly<{
  usage: string;
  about: string;
  params: readonly HelperParam[];
  rest?: HelperParam;
  named?: boolean;
  result: string;
  run: (args: HelperArgs) => JsonValue | undefined;
}>;

/** An argument of the right type that makes no sense. `detail` must not hold a value of the user. */
export class HelperFault extends Error {}

/** False, null, undefined, 0, the empty string, the empty list and the empty map are falsy; all else is truthy. */
export function isTruthy(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

const any = (name: string): HelperParam => ({ name, type: "any" });
const maybe = (name: string): HelperParam => ({ name, type: "any", absent: true });
const string = (name: string): HelperParam => ({ name, type: "string" });
const text = (name: string): HelperParam => ({ name, type: "text" });
const map = (name: string): HelperParam => ({ name, type: "map" });

const table: Record<string, Helper> = {
  optional: {
    usage: "optional value",
    about: "only as a whole value: leaves the entry, item or document out where the value is undefined or null",
    params: [maybe("value")],
    result: "any",
    run: (args) => args.maybe(0),
  },
  default: {
    usage: "default value fallback",
    about: "the fallback where the value is undefined or null, else the value (also when it is empty)",
    params: [maybe("value"), any("fallback")],
    result: "any",
    run: (args) => args.maybe(0) ?? args.any(1),
  },
  if: {
    usage: "if test yes no",
    about: "`yes` where the test is truthy, else `no`; the other one is not looked at",
    params: [maybe("test"), any("yes"), any("no")],
    result: "any",
    run: (args) => args.any(isTruthy(args.maybe(0)) ? 1 : 2),
  },
  eq: {
    usage: "eq a b",
    about: "whether two values are equal, type and all; an undefined one equals null",
    params: [maybe("a"), maybe("b")],
    result: "boolean",
    run: (args) => equalJson(args.maybe(0) ?? null, args.maybe(1) ?? null),
  },
  ne: {
    usage: "ne a b",
    about: "the opposite of `eq`",
    params: [maybe("a"), maybe("b")],
    result: "boolean",
    run: (args) => !equalJson(args.maybe(0) ?? null, args.maybe(1) ?? null),
  },
  not: {
    usage: "not value",
    about: "whether the value is falsy",
    params: [maybe("value")],
    result: "boolean",
    run: (args) => !isTruthy(args.maybe(0)),
  },
  and: {
    usage: "and a b …",
    about: "the first falsy value, else the last; what comes after a falsy one is not looked at",
    params: [maybe("a")],
    rest: maybe("b"),
    result: "any",
    run: (args) => firstOf(args, false),
  },
  or: {
    usage: "or a b …",
    about: "the first truthy value, else the last; what comes after a truthy one is not looked at",
    params: [maybe("a")],
    rest: maybe("b"),
    result: "any",
    run: (args) => firstOf(args, true),
  },
  hasKey: {
    usage: "hasKey map key",
    about: "whether the map has the key, whatever its value",
    params: [{ name: "map", type: "map", absent: true }, string("key")],
    result: "boolean",
    run: (args) => args.maybe(0) !== undefined && args.maybe(0) !== null && Object.hasOwn(args.map(0), args.string(1)),
  },
  lookup: {
    usage: "lookup map key",
    about: "the value of a key that is computed; undefined where there is none",
    params: [map("map"), text("key")],
    result: "any",
    run: (args) => {
      const [from, key] = [args.map(0), args.text(1)];
      return Object.hasOwn(from, key) ? from[key] : undefined;
    },
  },
  length: {
    usage: "length value",
    about: "the number of items, keys, or characters (UTF-16 units)",
    params: [{ name: "value", type: "string, list or map" }],
    result: "number",
    run: (args) => {
      const value = args.any(0);
      if (typeof value === "string" || Array.isArray(value)) return value.length;
      if (isJsonObject(value)) return Object.keys(value).length;
      throw new HelperFault("expected a string, a list or a map");
    },
  },
  contains: {
    usage: "contains value part",
    about: "whether a list has an item equal to the part, or a string has the part in it",
    params: [{ name: "value", type: "string, list or map" }, any("part")],
    result: "boolean",
    run: (args) => {
      const [value, part] = [args.any(0), args.any(1)];
      if (Array.isArray(value)) return value.some((item) => equalJson(item, part));
      if (typeof value === "string") return value.includes(args.string(1));
      if (isJsonObject(value)) throw new HelperFault("expected a string or a list; a map is asked with hasKey");
      throw new HelperFault("expected a string or a list");
    },
  },
  startsWith: {
    usage: "startsWith text prefix",
    about: "whether the text begins so",
    params: [string("text"), string("prefix")],
    result: "boolean",
    run: (args) => args.string(0).startsWith(args.string(1)),
  },
  endsWith: {
    usage: "endsWith text suffix",
    about: "whether the text ends so",
    params: [string("text"), string("suffix")],
    result: "boolean",
    run: (args) => args.string(0).endsWith(args.string(1)),
  },
  trimPrefix: {
    usage: "trimPrefix text prefix",
    about: "the text without the prefix, if it has it",
    params: [string("text"), string("prefix")],
    result: "string",
    run: (args) => {
      const [whole, prefix] = [args.string(0), args.string(1)];
      return whole.startsWith(prefix) ? whole.slice(prefix.length) : whole;
    },
  },
  trimSuffix: {
    usage: "trimSuffix text suffix",
    about: "the text without the suffix, if it has it",
    params: [string("text"), string("suffix")],
    result: "string",
    run: (args) => {
      const [whole, suffix] = [args.string(0), args.string(1)];
      return whole.endsWith(suffix) ? whole.slice(0, whole.length - suffix.length) : whole;
    },
  },
  concat: {
    usage: "concat a b …",
    about: "the texts one after the other; numbers and booleans as JSON writes them",
    params: [text("a")],
    rest: text("b"),
    result: "string",
    run: (args) => Array.from({ length: args.count }, (_, index) => args.text(index)).join(""),
  },
  join: {
    usage: "join list separator",
    about: "the items as one string, with the separator between them",
    params: [{ name: "list", type: "list" }, string("separator")],
    result: "string",
    run: (args) => args.list(0).map(textOf).join(args.string(1)),
  },
  string: {
    usage: "string value",
    about: "a number or boolean as the string that JSON writes; a string as it is",
    params: [text("value")],
    result: "string",
    run: (args) => args.text(0),
  },
  number: {
    usage: "number value",
    about: "a string that holds a JSON number as that number; a number as it is",
    params: [text("value")],
    result: "number",
    run: (args) => {
      const value = args.text(0);
      const number = Number(value);
      if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(value) || !Number.isFinite(number))
        throw new HelperFault("expected a number or a string that holds one");
      if (Number.isInteger(number) && !Number.isSafeInteger(number))
        throw new HelperFault("the integer is beyond 2^53");
      return number;
    },
  },
  json: {
    usage: "json value",
    about: "the value as compact JSON text",
    params: [any("value")],
    result: "string",
    run: (args) => JSON.stringify(args.any(0)),
  },
  base64: {
    usage: "base64 text",
    about: "the UTF-8 bytes of the text in Base64",
    params: [text("text")],
    result: "string",
    run: (args) => Buffer.from(args.text(0), "utf8").toString("base64"),
  },
  host: {
    usage: "host url",
    about: "the host of a URL, with its port if it has one",
    params: [string("url")],
    result: "string",
    run: (args) => {
      const found = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@]+)/i.exec(args.string(0))?.[1];
      if (found === undefined) throw new HelperFault("expected a URL such as https://example.com/path");
      return found;
    },
  },
  dockerConfig: {
    usage: "dockerConfig host username password",
    about: "the `.dockerconfigjson` text that logs in to one registry",
    params: [string("host"), string("username"), string("password")],
    result: "string",
    run: (args) => {
      const [username, password] = [args.string(1), args.string(2)];
      const auth = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
      // Spaced as Timoni's modules write it, so that taking over their instances changes no Secret.
      const [user, pass] = [JSON.stringify(username), JSON.stringify(password)];
      return `{"auths": {${JSON.stringify(args.string(0))}: {"username": ${user},"password": ${pass},"auth": "${auth}"}}}`;
    },
  },
  object: {
    usage: "object key value … name=value …",
    about: "a map: first of the pairs, whose keys may be computed, then of the names",
    params: [],
    rest: any("key"),
    named: true,
    result: "map",
    run: (args) => {
      if (args.count % 2 !== 0) throw new HelperFault("expected keys and values in pairs");
      const made: JsonObject = {};
      for (let index = 0; index < args.count; index += 2) setKey(made, args.text(index), args.any(index + 1));
      for (const [key, value] of Object.entries(args.named())) setKey(made, key, value);
      return made;
    },
  },
  list: {
    usage: "list a b …",
    about: "a list of the values",
    params: [],
    rest: any("a"),
    result: "list",
    run: (args) => Array.from({ length: args.count }, (_, index) => args.any(index)),
  },
  chain: {
    usage: "chain a b …",
    about: "a list of the items of all the lists, one list after the other",
    params: [{ name: "a", type: "list" }],
    rest: { name: "b", type: "list" },
    result: "list",
    run: (args) => Array.from({ length: args.count }, (_, index) => args.list(index)).flat(),
  },
  merge: {
    usage: "merge a b …",
    about: "a map with the keys of all; for a key of several, the last one's value (not merged deeper)",
    params: [map("a")],
    rest: map("b"),
    result: "map",
    run: (args) => {
      const made: JsonObject = {};
      for (let index = 0; index < args.count; index++)
        for (const [key, value] of Object.entries(args.map(index))) setKey(made, key, value);
      return made;
    },
  },
  semverAtLeast: {
    usage: "semverAtLeast version wanted",
    about:
      "whether a version such as `v2.8.0-0` has at least the wanted major, minor and patch number; what follows them does not count",
    params: [string("version"), string("wanted")],
    result: "boolean",
    run: (args) => {
      const [version, wanted] = [parseRelease(args.string(0)), parseRelease(args.string(1))];
      if (version === undefined || wanted === undefined)
        throw new HelperFault("expected versions such as 2.8.0 or v1.31");
      return compareReleases(version, wanted) >= 0;
    },
  },
};

/** All helpers, by name. */
export const helpers: ReadonlyMap<string, Helper> = new Map(Object.entries(table));

/** A scalar as text: a string as it is, a number or boolean as JSON writes it. */
export function textOf(value: JsonValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return JSON.stringify(value);
  throw new HelperFault("expected strings, numbers or booleans");
}

function firstOf(args: HelperArgs, wanted: boolean): JsonValue | undefined {
  for (let index = 0; index < args.count - 1; index++) {
    const value = args.maybe(index);
    if (isTruthy(value) === wanted) return value;
  }
  return args.maybe(args.count - 1);
}
