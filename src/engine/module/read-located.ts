import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
} from "yaml";
import { SourceError, type SourcePos } from "../diagnostics/index.js";
import type { Located, LocatedField } from "../json/index.js";

/** Aliases can make a small file large; a module's file needs none of this size. */
const maxNodes = 500_000;

/** What a file says, and every fault of it. */
export type LocatedFile = Readonly<{ documents: readonly Located[]; errors: readonly SourceError[] }>;

/** Reads YAML (1.2 core schema) or JSON, which is YAML too, with the place of everything in it. */
export function readLocated(text: string, file: string): LocatedFile {
  const lines = new LineCounter();
  const posAt = (offset: number): SourcePos => {
    const { line, col } = lines.linePos(offset);
    return { file, offset, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const parsed = parseAllDocuments(text, {
    version: "1.2",
    schema: "core",
    lineCounter: lines,
    prettyErrors: false,
    intAsBigInt: true,
    logLevel: "silent",
  });
  const errors: SourceError[] = [];
  const documents: Located[] = [];
  for (const document of parsed) {
    for (const { message, pos } of document.errors)
      errors.push(new SourceError("yaml-syntax", lowerFirst(message), posAt(pos[0])));
    if (document.errors.length > 0 || document.contents === null) continue;
    try {
      documents.push(new Reader(document, posAt).read(document.contents));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      errors.push(error);
    }
  }
  return { documents, errors };
}

class Reader {
  readonly #document: Document<ParsedNode>;
  readonly #posAt: (offset: number) => SourcePos;
  #nodes = 0;

  constructor(document: Document<ParsedNode>, posAt: (offset: number) => SourcePos) {
    this.#document = document;
    this.#posAt = posAt;
  }

  read(node: Node | null, parent: SourcePos = this.#posAt(0)): Located {
    const pos = node?.range ? this.#posAt(node.range[0]) : parent;
    if (++this.#nodes > maxNodes)
      throw new SourceError("yaml-syntax", `the file has more than ${maxNodes} values`, pos);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined) throw new SourceError("yaml-syntax", `nothing is called &${node.source}`, pos);
      return this.read(target, pos);
    }
    if (isSeq<Node>(node)) return { kind: "list", items: node.items.map((item) => this.read(item, pos)), pos };
    if (!isMap<Node, Node>(node)) return this.#scalar(isScalar(node) ? node.value : null, pos);
    const fields = new Map<string, LocatedField>();
    for (const { key, value } of node.items) {
      const keyPos = key.range ? this.#posAt(key.range[0]) : pos;
      if (!isScalar(key)) throw new SourceError("yaml-syntax", "a key must be text", keyPos);
      fields.set(key.source ?? String(key.value), { keyPos, value: this.read(value, keyPos) });
    }
    return { kind: "struct", fields, pos };
  }

  #scalar(value: unknown, pos: SourcePos): Located {
    const scalar = { kind: "scalar", pos, secret: false } as const;
    if (value === null || typeof value === "boolean" || typeof value === "string") return { ...scalar, value };
    const number = Number(value);
    if (!Number.isFinite(number))
      throw new SourceError("yaml-syntax", "JSON has no such number; put it in quotes to make it a string", pos);
    return { ...scalar, value: number, text: String(value) };
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
