import { readFileSync, writeFileSync } from "node:fs";
import { loadBundle } from "../../../src/engine/bundle/index.js";
import { FaultsError, SheafError } from "../../../src/engine/diagnostics/index.js";
import { type FileCase, fileCasesText, parseFileCases } from "../../support/file-cases.js";
import { showLocated } from "../cue/evaluate-text.js";

/** The files of a bundle, the variables that it is given, and the JSON of its value, or `refused`. */
export type BundleCase = Omit<FileCase, "settings"> & Readonly<{ variables: Readonly<Record<string, string>> }>;

const file = new URL("timoni-cases.txt", import.meta.url);

/** The table in timoni-cases.txt, whose values are those of `timoni bundle vet --print-value`. */
export function bundleCases(): BundleCase[] {
  return parseFileCases(readFileSync(file, "utf8")).map(({ settings, ...rest }) => ({
    ...rest,
    variables: JSON.parse(settings),
  }));
}

export function writeBundleCases(cases: readonly BundleCase[]): void {
  writeFileSync(file, fileCasesText(cases));
}

/** What sheaf makes of a case. */
export async function outcomeOf({ files, variables }: BundleCase): Promise<string> {
  const inputs = [...files].map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
  try {
    const { located } = await loadBundle(inputs, { runtime: (name) => variables[name] });
    return showLocated(located);
  } catch (error) {
    if (error instanceof SheafError || error instanceof FaultsError) return "refused";
    throw error;
  }
}
