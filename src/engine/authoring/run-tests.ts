import { FaultsError, SheafError, type SourcePos } from "../diagnostics/index.js";
import { createObjectChecker, defaultKubeVersion } from "../kube-schema/index.js";
import { checkRendering, type Module } from "../module/index.js";
import type { KubeObject } from "../object/index.js";
import { stringifyYaml } from "../yaml/index.js";
import { findDifferences, namesOf } from "./match-object.js";
import type { ModuleTest } from "./read-tests.js";

/** How a test went. */
export type TestResult = Readonly<{
  test: ModuleTest;
  kubeVersion: string;
  /** What was wrong, each in words; none, the test passed. */
  failures: readonly string[];
  /** All objects as YAML, where the test wants a snapshot and they could be rendered. */
  snapshot: string | undefined;
}>;

export type RunOptions = Readonly<{
  /** For tests that name none; {@link defaultKubeVersion} unless given. */
  kubeVersion?: string | undefined;
  /** Definitions of custom resources beside those of the module. */
  definitions?: readonly KubeObject[];
}>;

/**
 * Runs a test, once for each of its Kubernetes versions. What is rendered is checked against the API of that version, too.
 * Snapshots are given back, not compared.
 */
export async function runTest(module: Module, test: ModuleTest, options: RunOptions = {}): Promise<TestResult[]> {
  const { kubeVersion = defaultKubeVersion } = options;
  const versions = test.kubeVersions.length === 0 ? [kubeVersion] : test.kubeVersions;
  return Promise.all(versions.map((version) => runOnce(module, test, version, options)));
}

async function runOnce(
  module: Module,
  test: ModuleTest,
  kubeVersion: string,
  options: RunOptions,
): Promise<TestResult> {
  const { objects, errors } = await renderTest(module, test, kubeVersion, options);
  const failures = [...expectationsOf(test, objects, errors)];
  const snapshot =
    test.snapshot && errors.length === 0 ? objects.map((o) => `---\n${stringifyYaml(o)}`).join("") : undefined;
  return { test, kubeVersion, failures, snapshot };
}

function* expectationsOf(
  test: ModuleTest,
  objects: readonly KubeObject[],
  errors: readonly string[],
): Generator<string> {
  if (test.error !== undefined) {
    if (errors.length === 0) yield `expected an error with "${test.error}", but it rendered ${namesOf(objects)}`;
    else if (!errors.join("\n").includes(test.error))
      yield `expected an error with "${test.error}", found ${errors.join("\n")}`;
    return;
  }
  yield* errors;
  if (errors.length > 0) return;
  for (const wanted of test.objects) yield* findDifferences(wanted, objects);
  for (const name of test.absent) {
    const found = objects.filter(({ kind, metadata }) => kind === name || `${kind}/${metadata.name}` === name);
    if (found.length > 0) yield `${name} must not be there, but ${namesOf(found)} is rendered`;
  }
  if (test.count !== undefined && objects.length !== test.count)
    yield `expected ${test.count} objects, found ${objects.length}: ${namesOf(objects)}`;
}

type Rendered = Readonly<{ objects: readonly KubeObject[]; errors: readonly string[] }>;

async function renderTest(module: Module, test: ModuleTest, version: string, options: RunOptions): Promise<Rendered> {
  const { name = module.name, namespace } = test.instance;
  const kube = {
    version: /^v?(\d+\.\d+)$/.test(version) ? `${version}.0`.replace(/^v/, "") : version.replace(/^v/, ""),
  };
  try {
    await module.checkKubeVersion(kube.version);
    const pos: SourcePos = { file: test.file, offset: 0, line: 1, column: 1 };
    const { values, faults } = await module.values(test.values, { path: ["values"], pos });
    if (faults.length > 0) return { objects: [], errors: faults.map(({ message }) => message) };
    const input = { values, instance: { name, namespace }, bundle: { name }, kube };
    const objects = module.render(input);
    const checker = await createObjectChecker(kube.version);
    checker.define([...objects, ...(options.definitions ?? [])]);
    const wrong = checkRendering({ module, input, objects }, checker).filter(({ code }) => code === "invalid-object");
    return { objects, errors: wrong.map(({ message }) => message) };
  } catch (error) {
    if (error instanceof FaultsError) return { objects: [], errors: error.errors.map(({ message }) => message) };
    if (error instanceof SheafError) return { objects: [], errors: [error.message] };
    throw error;
  }
}
