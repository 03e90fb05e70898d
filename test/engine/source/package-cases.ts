import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FaultsError, SourceError } from "../../../src/engine/diagnostics/index.js";
import { evaluateSources } from "../../../src/engine/runtime/index.js";
import { type FileCase, fileCasesText, parseFileCases } from "../../support/file-cases.js";
import { showLocated } from "../cue/evaluate-text.js";

/** Files of a folder, which of them are given, and what comes of them: JSON, or the codes and lines of errors. */
export type PackageCase = Omit<FileCase, "settings"> & Readonly<{ given: readonly string[] }>;

const file = new URL("package-cases.txt", import.meta.url);
const module = 'module: "x.org/m@v0"\nlanguage: version: "v0.15.0"\n';

/**
 * The table in package-cases.txt: blocks of a title, the names of the files that are given, the files behind their names,
 * and "=> " with the JSON that cue v0.15 exports or the places of errors, which are among those that cue names. A module
 * x.org/m is around them, unless the block says otherwise.
 */
export async function packageCases(): Promise<PackageCase[]> {
  return parseFileCases(await readFile(file, "utf8")).map(({ settings, files, ...rest }) => {
    const all = new Map([["cue.mod/module.cue", module], ...files]);
    if (all.get("cue.mod/module.cue") === "none\n") all.delete("cue.mod/module.cue");
    return { ...rest, files: all, given: settings.split(" ") };
  });
}

export async function writePackageCases(cases: readonly PackageCase[]): Promise<void> {
  await writeFile(file, fileCasesText(cases));
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
