import { SourceError } from "../diagnostics/index.js";
import type { Decl, File, Identifier, ImportSpec } from "./ast.js";
import { DeclParser } from "./parse-decl.js";
import { Scanner, unterminatedString } from "./scanner.js";
import { decodeString } from "./string-literal.js";
import { SyntaxFault, TokenCursor } from "./token-cursor.js";

/** Characters of a file: one that is larger would take gigabytes once it is evaluated. */
const maxLength = 5_000_000;

/**
 * Parses a CUE file. All faults are collected, sorted by place; what could be read is in `file` all the same.
 *
 * @param text The text; a byte order mark may start it
 * @param file Its name in messages and places
 * @param inPackage The path of the imported package that it is part of: its hidden fields are not those of others
 */
export function parse(text: string, file: string, inPackage?: string): { file: File; errors: SourceError[] } {
  if (text.length > maxLength) {
    const detail = `the file has more than ${maxLength} characters`;
    const pos = { file, offset: 0, line: 1, column: 1 };
    return {
      file: { kind: "file", file, imports: [], decls: [], comments: [] },
      errors: [new SourceError("limit-exceeded", detail, pos)],
    };
  }
  const scanner = new Scanner(text, file);
  const parsed = new FileParser(new TokenCursor(text, file, scanner, inPackage)).file();
  const { comments, errors } = scanner;
  return { file: { ...parsed, comments }, errors: errors.length === 0 ? [] : distinct(errors, text) };
}

/**
 * One fault per line: what follows a fault on its line is mostly its consequence. Behind a string without an end so is a
 * line with the quote that it lacks, and a brace that is open at the end of the file.
 */
function distinct(errors: readonly SourceError[], text: string): SourceError[] {
  const byLine = new Map<number, SourceError>();
  const lines = text.split("\n");
  let unterminated: number | undefined;
  for (const error of [...errors].sort((a, b) => a.pos.offset - b.pos.offset)) {
    const { line, offset } = error.pos;
    const quotes = (lines[line - 1]?.match(/"/g) ?? []).length;
    const isEcho = unterminated === line - 1 ? quotes % 2 === 1 : offset === text.trimEnd().length;
    if (unterminated !== undefined && isEcho) continue;
    if (error.detail.startsWith(unterminatedString)) unterminated = line;
    if (!byLine.has(line)) byLine.set(line, error);
  }
  return [...byLine.values()];
}

class FileParser {
  readonly #cursor: TokenCursor;
  readonly #decls: DeclParser;

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor;
    this.#decls = new DeclParser(cursor);
  }

  file(): Omit<File, "comments"> {
    const cursor = this.#cursor;
    const decls: Decl[] = [];
    while (cursor.at("attribute")) {
      decls.push(this.#decls.attribute());
      this.#guard(() => this.#endOfClause());
    }
    const name = this.#guard(() => this.#packageClause());
    const imports: ImportSpec[] = [];
    while (cursor.atWord("import")) this.#guard(() => this.#importClause(imports));
    const all = decls.concat(this.#decls.decls("end"));
    return { kind: "file", file: cursor.file, ...(name && { package: name }), imports, decls: all };
  }

  #guard<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      this.#cursor.skipItem();
      return undefined;
    }
  }

  #packageClause(): Identifier | undefined {
    const cursor = this.#cursor;
    if (!cursor.atWord("package")) return undefined;
    cursor.next();
    const name = this.#decls.exprs.identifier(" of the package");
    if (name.name.includes("#")) throw cursor.fail(`invalid package name ${name.name}`, name.pos);
    this.#endOfClause();
    return name;
  }

  #importClause(imports: ImportSpec[]): void {
    const cursor = this.#cursor;
    cursor.next();
    if (cursor.accept("(")) {
      while (!cursor.at(")") && !cursor.at("end")) {
        imports.push(this.#importSpec());
        if (!cursor.accept(",")) break;
      }
      cursor.expect(")", " to end the imports");
    } else imports.push(this.#importSpec());
    this.#endOfClause();
  }

  #importSpec(): ImportSpec {
    const cursor = this.#cursor;
    const pos = cursor.pos();
    const name = cursor.at("identifier") ? this.#decls.exprs.identifier("") : undefined;
    if (name?.name.includes("#"))
      throw cursor.fail(`a package cannot be imported under the name of a definition, ${name.name}`, name.pos);
    const token = cursor.expect("string", " with the import path");
    const { string } = token;
    if (string === undefined) throw cursor.fail("expected an import path", cursor.pos(token));
    const part = { text: cursor.slice(string.start, string.end), offset: string.start };
    const [path = ""] = decodeString([part], string.quote).texts;
    if (path === "") throw cursor.fail("the import path is empty", cursor.pos(token));
    return { kind: "import", ...(name && { name }), path, pos, end: token.end };
  }

  #endOfClause(): void {
    if (!this.#cursor.at("end")) this.#cursor.expect(",", " or a new line");
  }
}
