import testSchema from "../../../schemas/module-test.schema.json" with { type: "json" };
import { throwFaults } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, type Located, locate } from "../json/index.js";
import { ModuleError, readLocatedFile } from "../module/index.js";
import { compileSchema } from "../schema/index.js";

/** One test of a module: what is rendered, and what has to come of it (schemas/module-test.schema.json). */
export type ModuleTest = Readonly<{
  /** The file that it stands in, relative to the folder of tests. */
  file: string;
  name: string;
  /** The values with their places; undefined where the test gives none. */
  values: Located | undefined;
  instance: Readonly<{ name?: string; namespace: string }>;
  /** Empty, the version that the run names. */
  kubeVersions: readonly string[];
  objects: readonly JsonObject[];
  absent: readonly string[];
  count: number | undefined;
  snapshot: boolean;
  error: string | undefined;
}>;

/**
 * Reads a file of tests.
 *
 * @param label What places call it
 * @throws {SheafError} All its faults, at their places
 */
export async function readTests(text: string, file: string, label: string): Promise<ModuleTest[]> {
  const located = await readLocatedFile(text, label);
  const { value, faults } = await (await compileSchema(testSchema)).check(located);
  throwFaults(faults);
  const tests = isJsonObject(value) && Array.isArray(value.tests) ? value.tests.filter(isJsonObject) : [];
  const names = new Set<string>();
  return tests.map((test, index) => {
    const name = String(test.name);
    const pos = locate(located, ["tests", index, "name"])?.pos ?? located.pos;
    if (names.has(name))
      throw new ModuleError("bad-test", `there is a test "${name}" already; give it another name`, pos);
    names.add(name);
    const { instance, count, error } = test;
    const given = isJsonObject(instance) ? instance : {};
    return {
      file,
      name,
      values: locate(located, ["tests", index, "values"]),
      instance: {
        namespace: String(given.namespace),
        ...(typeof given.name === "string" && { name: given.name }),
      },
      kubeVersions: textsIn(test.kubeVersions),
      objects: Array.isArray(test.objects) ? test.objects.filter(isJsonObject) : [],
      absent: textsIn(test.absent),
      count: typeof count === "number" ? count : undefined,
      snapshot: test.snapshot === true,
      error: typeof error === "string" ? error : undefined,
    };
  });
}

function textsIn(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
