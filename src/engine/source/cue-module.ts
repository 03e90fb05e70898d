import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type Expr, type File, parse } from "../cue/index.js";
import { SourceError, type SourcePos, throwFaults } from "../diagnostics/index.js";
import { decodeSource } from "./decode.js";

/** A module of CUE: its folder, the path that imports of its packages start with, and its major version, such as `v0`. */
export type CueModule = Readonly<{ root: string; path: string; major: string }>;

/** The newest version of the language that is understood. */
const language = { major: 0, minor: 15 } as const;
const parts: ReadonlySet<string> = new Set(["module", "language", "source", "description", "deps", "custom"]);

/**
 * The module in or above a folder, by its file `cue.mod/module.cue`.
 *
 * @throws {SheafError} For a module file that cue would not take
 */
export async function findCueModule(start: string, baseDir: string): Promise<CueModule | undefined> {
  for (let dir = start; ; dir = dirname(dir)) {
    const file = moduleFile(dir);
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes !== undefined) return { root: dir, ...readModule(bytes, relative(baseDir, file)) };
    if (dirname(dir) === dir) return undefined;
  }
}

export function moduleFile(dir: string): string {
  return join(dir, "cue.mod", "module.cue");
}

function readModule(bytes: Uint8Array, name: string): Omit<CueModule, "root"> {
  const { file, errors } = parse(decodeSource(bytes, name), name);
  throwFaults(errors);
  const fail = (detail: string, pos: SourcePos = { file: name, offset: 0, line: 1, column: 1 }): never => {
    throw new SourceError("bad-module", detail, pos);
  };
  for (const { label } of fields(file.decls))
    if (label.kind !== "identifier" || !parts.has(label.name))
      fail(`field not allowed: a module file has ${[...parts].join(", ")}`, label.pos);
  const given = textAt(file, "module") ?? fail('the file names no module; write module: "example.com/fleet@v0"');
  const [path = "", major = "v0"] = given.split("@");
  if (!path.split("/")[0]?.includes("."))
    fail(`malformed module path ${JSON.stringify(given)}: its first part has a dot, as in example.com`);
  const version =
    textAt(file, "language", "version") ??
    fail('the file says no version of the language; write language: version: "v0.15.0"');
  const [, first, second] = /^v(\d+)\.(\d+)\./.exec(version) ?? fail(`${version} is no version of the language`);
  if (Number(first) > language.major || Number(second) > language.minor)
    fail(`the language version ${version} is newer than the one understood here, v${language.major}.${language.minor}`);
  return { path, major };
}

/** The text of a field, where it stands there as such. */
function textAt({ decls }: Pick<File, "decls">, ...path: readonly string[]): string | undefined {
  const [name, ...rest] = path;
  for (const { label, value } of fields(decls)) {
    if (label.kind !== "identifier" || label.name !== name) continue;
    const text: string | undefined = value.kind === "struct" ? textAt(value, ...rest) : textOf(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

function textOf(expr: Expr): string | undefined {
  return expr.kind === "literal" && expr.value.type === "string" ? expr.value.value : undefined;
}

function fields(decls: File["decls"]) {
  return decls.filter((decl) => decl.kind === "field");
}
