import { readdir, readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { type ModuleTest, readTests, runTest, type TestResult } from "../../engine/authoring/index.js";
import { loadModule, type Module } from "../../engine/module/index.js";
import { writeWhole } from "../../engine/oci/index.js";
import { catalogDefinitions } from "../catalog-definitions.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { counted } from "../counted.js";
import type { ModuleSourceArgs } from "../open-resolver.js";
import { readUserModule, type UserModule } from "../read-user-module.js";
import { formatTextDiff } from "../show-diff.js";

type Args = ModuleSourceArgs & { path: string; update: boolean; kubeVersion?: string | undefined };

/** `sheaf mod test`: runs a module's own tests. */
export async function modTest(context: Context, args: Args): Promise<ExitCode> {
  const { terminal } = context;
  const folder = await readUserModule(args.path, args, context);
  const tests = await readAllTests(folder, context);
  if (tests.length === 0) {
    terminal.err(`there are no tests: write tests/NAME.yaml in ${folder.label || "the module"}\n`);
    return exitCode.failed;
  }
  const module = await loadModule(folder.files, { label: folder.label });
  const failed = await runAll(module, tests, new Snapshots(folder.dir, args.update), context, args);
  terminal.say(
    failed === 0
      ? `${counted(tests.length, "test")} passed\n`
      : `${counted(failed, "test")} of ${tests.length} failed\n`,
  );
  return failed === 0 ? exitCode.done : exitCode.failed;
}

async function runAll(
  module: Module,
  tests: readonly ModuleTest[],
  snapshots: Snapshots,
  context: Context,
  { kubeVersion }: Args,
): Promise<number> {
  const { colors, say } = context.terminal;
  const definitions = await catalogDefinitions(context);
  let failed = 0;
  for (const test of tests) {
    const failures: string[] = [];
    for (const result of await runTest(module, test, { kubeVersion, definitions })) {
      const version = test.kubeVersions.length > 1 ? `Kubernetes ${result.kubeVersion}: ` : "";
      const difference = await snapshots.compare(result, colors);
      for (const failure of [...result.failures, ...difference]) failures.push(`${version}${failure}`);
    }
    say(`${failures.length === 0 ? colors.green("ok") : colors.red("failed")} ${test.file}: ${test.name}\n`);
    for (const failure of failures) say(`${failure.trimEnd().replace(/^/gm, "    ")}\n`);
    if (failures.length > 0) failed++;
  }
  return failed;
}

async function readAllTests({ dir, label }: UserModule, { sources }: Context): Promise<ModuleTest[]> {
  const folder = join(dir, "tests");
  const names = await readdir(folder).catch(() => []);
  const read = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  const tests = await Promise.all(
    read.map(async (name) => {
      const text = await readFile(join(folder, name), "utf8");
      const shown = join(label, "tests", name);
      sources.set(shown, text);
      return readTests(text, name, shown);
    }),
  );
  return tests.flat();
}

/** What tests rendered when they were last found right: one file a test and version, in tests/snapshots. */
class Snapshots {
  readonly #folder: string;
  readonly #update: boolean;
  /** The tests that the files are of. */
  readonly #owners = new Map<string, string>();

  constructor(dir: string, update: boolean) {
    this.#folder = join(dir, "tests", "snapshots");
    this.#update = update;
  }

  /** What is not as it was; an update takes it over instead. */
  async compare(
    { test, kubeVersion, snapshot }: TestResult,
    colors: Parameters<typeof formatTextDiff>[2],
  ): Promise<string[]> {
    if (snapshot === undefined) return [];
    const suffix = test.kubeVersions.length > 1 ? `.${kubeVersion}` : "";
    const slug = test.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "");
    const name = `${parse(test.file).name}.${slug}${suffix}.yaml`;
    const owner = this.#owners.get(name) ?? test.name;
    this.#owners.set(name, owner);
    if (owner !== test.name)
      return [`the snapshot tests/snapshots/${name} is that of the test "${owner}": give one another name`];
    const path = join(this.#folder, name);
    const known = await readFile(path, "utf8").catch(() => undefined);
    if (known === snapshot) return [];
    if (this.#update) {
      await writeWhole(path, snapshot);
      return [];
    }
    if (known === undefined)
      return [`there is no snapshot yet; sheaf mod test --update writes tests/snapshots/${name}`];
    const difference = formatTextDiff(
      { name: `tests/snapshots/${name}`, text: known },
      { name: "rendered now", text: snapshot },
      colors,
    );
    return [`what is rendered has changed; if that is right, run sheaf mod test --update\n${difference}`];
  }
}
