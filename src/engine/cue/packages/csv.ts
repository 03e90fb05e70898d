import { anyKind, kinds } from "../kind.js";
import type { Data } from "./arguments.js";
import { isList } from "./equal-data.js";
import { jsonText } from "./json-text.js";
import { CallFault, fn, standardPackage } from "./package.js";

/** The package "encoding/csv": RFC 4180 with commas, lines ending in a line feed. */
export const csv = standardPackage("csv", {
  Decode: fn([kinds.bytes | kinds.string], (args) => {
    args.claimParsing(args.text(0));
    const rows = parseCsv(args.text(0));
    args.claimItems(rows.reduce((sum, row) => sum + row.length + 1, 0));
    return rows;
  }),
  Encode: fn([anyKind], (args) => {
    const rows = args.data(0);
    if (!isList(rows)) throw new CallFault("csv.Encode takes a list of lists");
    const lines = rows.map((row) => {
      if (!isList(row)) throw new CallFault("csv.Encode takes a list of lists");
      return row.map((field) => quoted(fieldText(field))).join(",");
    });
    const text = lines.map((line) => `${line}\n`).join("");
    args.claimText(text.length);
    return text;
  }),
});

function fieldText(data: Data): string {
  return "type" in data && data.type === "string" ? data.value : jsonText(data);
}

function quoted(field: string): string {
  const needsQuotes = field === "\\." || /^[ \t\v\f\u0085\u00a0]|[",\r\n]/.test(field);
  return needsQuotes ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Rows without empty lines; all have as many fields as the first. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    if (/^\r?\n/.test(text.slice(at, at + 2))) {
      at += text.charAt(at) === "\r" ? 2 : 1;
      line++;
      continue;
    }
    const row: string[] = [];
    for (;;) {
      const field = text.charAt(at) === '"' ? quotedField() : plainField();
      row.push(field);
      if (text.charAt(at) !== ",") break;
      at++;
    }
    if (text.startsWith("\r\n", at)) at += 2;
    else if (at < text.length) at++;
    line++;
    const width = rows[0]?.length ?? row.length;
    if (row.length !== width) throw new CallFault(`record on line ${line - 1}: wrong number of fields`);
    rows.push(row);
  }
  return rows;

  function plainField(): string {
    const end = /,|\r?\n|$/.exec(text.slice(at))?.index ?? 0;
    const field = text.slice(at, at + end);
    if (field.includes('"')) throw new CallFault(`parse error on line ${line}: bare " in non-quoted field`);
    at += end;
    return field;
  }

  function quotedField(): string {
    let field = "";
    for (at++; ; ) {
      const close = text.indexOf('"', at);
      if (close === -1) throw new CallFault(`parse error on line ${line}: extraneous or missing " in quoted field`);
      field += text.slice(at, close);
      at = close + 1;
      if (text.charAt(at) !== '"') break;
      field += '"';
      at++;
    }
    if (at < text.length && !/^(?:,|\r?\n)/.test(text.slice(at, at + 2)))
      throw new CallFault(`parse error on line ${line}: extraneous or missing " in quoted field`);
    return field.replaceAll("\r\n", "\n");
  }
}
