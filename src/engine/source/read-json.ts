import type { Node, ParseError } from "jsonc-parser";
import {
  dataField,
  dataFile,
  type Expr,
  type Field,
  type File,
  listLiteral,
  numberLiteral,
  type Place,
  scalarLiteral,
  structLiteral,
} from "../cue/index.js";
import { SourceError, type SourcePos } from "../diagnostics/index.js";

const maxDepth = 200;

/**
 * Reads a JSON text (RFC 8259) as data in the form of a CUE file, so that it unifies with any other source.
 *
 * @returns The file and every fault found in it, sorted; with faults the file may lack what they are about
 */
export async function readJson(text: string, file: string): Promise<{ file: File; errors: SourceError[] }> {
  const { parseTree, printParseErrorCode } = await import("jsonc-parser");
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const faults: ParseError[] = [];
  const errors: SourceError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(text, faults, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  } catch (error) {
    // Its parser is recursive: a text of nothing but brackets ends the stack.
    if (!(error instanceof RangeError)) throw error;
    errors.push(new SourceError("limit-exceeded", `nested more than ${maxDepth} deep`, posAt(0)));
  }
  for (const { error, offset } of faults) {
    const words = printParseErrorCode(error).replace(/(?<=[a-z])(?=[A-Z])/g, " ");
    errors.push(new SourceError("syntax", `not JSON: ${words.toLowerCase()}`, posAt(offset)));
  }
  return { file: dataFile(file, root === undefined ? structLiteral([], { pos: posAt(0) }) : convert(root, 0)), errors };

  function posAt(offset: number): SourcePos {
    let line = lineStarts.findLastIndex((start) => start <= offset);
    line = Math.max(0, line);
    return { file, offset, line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
  }

  function convert(node: Node, depth: number): Expr {
    const at: Place = { pos: posAt(node.offset), end: node.offset + node.length };
    if (depth > maxDepth) {
      errors.push(new SourceError("limit-exceeded", `nested more than ${maxDepth} deep`, at.pos));
      return scalarLiteral(null, at);
    }
    switch (node.type) {
      case "object":
        return structLiteral(convertFields(node.children ?? [], depth), at);
      case "array":
        return listLiteral(
          (node.children ?? []).map((item) => convert(item, depth + 1)),
          at,
        );
      case "number":
        return numberLiteral(text.slice(node.offset, node.offset + node.length), at);
      default:
        return scalarLiteral(typeof node.value === "boolean" || typeof node.value === "string" ? node.value : null, at);
    }
  }

  function convertFields(properties: readonly Node[], depth: number): Field[] {
    const seen = new Set<string>();
    return properties.flatMap(({ children: [key, value] = [] }) => {
      if (key === undefined || value === undefined) return [];
      const name = String(key.value);
      if (seen.has(name))
        errors.push(
          new SourceError("syntax", "the key stands twice in this object; keep one of the two", posAt(key.offset)),
        );
      seen.add(name);
      return dataField(name, convert(value, depth + 1), { pos: posAt(key.offset), end: key.offset + key.length });
    });
  }
}
