import { anyKind, kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { isList } from "./equal-data.js";
import { jsonText, respaceJson } from "./json-text.js";
import { CallFault, fn, standardPackage, validator } from "./package.js";
import { parseData } from "./parse-data.js";
import { faultAgainst } from "./schema-match.js";

const text = kinds.bytes | kinds.string;

/** The package "encoding/json". */
export const json = standardPackage("json", {
  Compact: fn([text], (args) => respaceJson(valid(args, 0), () => "")),
  HTMLEscape: fn([text], (args) =>
    args.text(0).replaceAll(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`),
  ),
  Indent: fn([text, kinds.string, kinds.string], (args) => {
    const [prefix, indent] = [args.text(1), args.text(2)];
    const source = valid(args, 0);
    const respaced = respaceJson(source, (depth) => {
      args.claimText(prefix.length + indent.length * depth);
      return `\n${prefix}${indent.repeat(depth)}`;
    });
    // White space at the end stays, as with Go.
    return respaced + source.slice(source.trimEnd().length);
  }),
  Marshal: fn([anyKind], (args) => {
    const result = jsonText(args.data(0));
    args.claimText(result.length);
    return result;
  }),
  MarshalStream: fn([anyKind], (args) => {
    const items = args.data(0);
    if (!isList(items)) throw new CallFault("json.MarshalStream takes a list");
    const result = items.map((item) => `${jsonText(item)}\n`).join("");
    args.claimText(result.length);
    return result;
  }),
  Unmarshal: fn([text], (args) => parseData(args, valid(args, 0))),
  UnmarshalStream: fn([text], (args) => splitStream(args.text(0)).map((each) => parseData(args, each))),
  Valid: validator([text], (args) => isJson(args.text(0))),
  Validate: {
    ...validator([text, anyKind], (args) => {
      const fault = faultAgainst(args, args.value(1), parseData(args, valid(args, 0)), true);
      if (fault !== undefined) throw new CallFault(fault);
      return true;
    }),
    takesSchemas: true,
  },
});

function isJson(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}

function valid(args: Arguments, index: number): string {
  const source = args.text(index);
  if (isJson(source)) return source;
  throw new CallFault("json: invalid JSON");
}

/** The JSON texts that follow each other in one. */
function splitStream(source: string): string[] {
  const found: string[] = [];
  const token = /\s+|"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+|"/g;
  let start = 0;
  let depth = 0;
  for (const { 0: text, index } of source.matchAll(token)) {
    if (text.trim() === "") {
      if (depth === 0) start = index + text.length;
      continue;
    }
    if (text === "{" || text === "[") depth++;
    if (text === "}" || text === "]") depth--;
    if (depth > 0) continue;
    const end = index + text.length;
    const part = source.slice(start, end);
    if (!isJson(part)) throw new CallFault("json: invalid JSON");
    found.push(part);
    start = end;
  }
  if (depth !== 0) throw new CallFault("json: unexpected end of the text");
  return found;
}
