import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FaultsError, SourceError } from "../../../src/engine/diagnostics/index.js";
import { evaluateSources } from "../../../src/engine/runtime/index.js";
import { showLocated } from "../cue/evaluate-text.js";

/** Files of a folder, which of them are given, and what comes of them: JSON, or the codes and lines of errors. */
export type PackageCase = Readonly<{
  title: string;
  given: readonly string[];
  files: ReadonlyMap<string, string>;
  expected: string;
  /** The text of the block before its result. */
  source: string;
}>;

const file = new URL("package-cases.txt", import.meta.url);
const module = 'module: "x.org/m@v0"\nlanguage: version: "v0.15.0"\n';

/**
 * The table in package-cases.txt: blocks of a title, the names of the files that are given, the files behind their names,
 * and "=> " with the JSON that cue v0.15 exports or the places of errors, which are among those that cue names. A module
 * x.org/m is around them, unless the block says otherwise.
 */
export async function packageCases(): Promise<PackageCase[]> {
  const blocks = (await readFile(file, "utf8")).trimEnd().split("\n\n# ");
  return blocks.map((block) => {
    const [source = "", expected = ""] = block.replace(/^# /, "").split("\n=> ");
    const [head = "", ...parts] = source.split(/^-- (.+) --$/m);
    const [title = "", given = ""] = head.split("\n");
    const files = new Map([["cue.mod/module.cue", module]]);
    for (let i = 0; i < parts.length; i += 2)
      files.set(parts[i] ?? "", (parts[i + 1] ?? "").slice(1).replace(/[^\n]$/, "$&\n"));
    if (files.get("cue.mod/module.cue") === "none\n") files.delete("cue.mod/module.cue");
    return { title, given: given.split(" "), files, expected, source };
  });
}

export async function writePackageCases(cases: readonly PackageCase[]): Promise<void> {
  await writeFile(file, `${cases.map(({ source, expected }) => `# ${source}\n=> ${expected}`).join("\n\n")}\n`);
}

/** Runs with the files of a case in a folder of their own. */
export async function inFolder<T>({ files }: PackageCase, run: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "sheaf-packages-"));
  try {
    for (const [name, text] of files) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), text);
    }
    return await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What sheaf makes of the files that are given: JSON, or `code @file:line` of each error. */
export async function evaluatePackage({ given }: PackageCase, dir: string): Promise<string> {
  try {
    const inputs = given.map(async (name) => ({ name, bytes: await readFile(join(dir, name)) }));
    const imports = { workdir: dir, baseDir: dir };
    return showLocated(await evaluateSources(await Promise.all(inputs), [], { imports }));
  } catch (error) {
    const errors: readonly unknown[] = error instanceof FaultsError ? error.errors : [error];
    return errors
      .map((each) => {
        if (!(each instanceof SourceError)) throw each;
        return `${each.code} @${each.pos.file}:${each.pos.line}`;
      })
      .join(", ");
  }
}
