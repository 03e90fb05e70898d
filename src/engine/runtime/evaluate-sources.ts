import { evaluate, type File, loadLibrary, parseExpression } from "../cue/index.js";
import { SheafError, SourceError, throwFaults } from "../diagnostics/index.js";
import type { Located } from "../json/index.js";
import { type ImportScope, localPackages, readSource, type Source, type SourceInput } from "../source/index.js";
import { fillAttributes, type RuntimeLookup } from "./fill-attributes.js";
import { nameMissingVariable } from "./name-missing-variable.js";

/** What sources are evaluated with. */
export type EvaluateSourcesOptions = Readonly<{
  /** Gives the runtime variables; absent, attributes stay unfilled and their defaults count. */
  runtime?: RuntimeLookup | undefined;
  /** Is told every source that could be read, before anything else can fail: for excerpts in messages. */
  onSource?: ((name: string, text: string) => void) | undefined;
  /** An expression of CUE whose value is wanted, in place of the field at the path. */
  expression?: string | undefined;
  /** Where imports of a module's own packages are looked for; absent, only standard packages can be imported. */
  imports?: Omit<ImportScope, "onSource"> | undefined;
}>;

/**
 * The value that files come to: reads them, fills their runtime attributes, unifies them and evaluates the field at a path.
 *
 * @param path Such as `["bundle", "name"]`; what is elsewhere need not be concrete
 * @throws {SheafError} One fault, or a {@link FaultsError} with all that were found at the same stage
 */
export async function evaluateSources(
  inputs: readonly SourceInput[],
  path: readonly string[],
  options: EvaluateSourcesOptions = {},
): Promise<Located> {
  const sources = await readAll(inputs, options);
  const filled = sources.map(({ file }) => fillAttributes(file, options.runtime));
  throwFaults(filled.flatMap(({ errors }) => errors));
  const files = filled.map(({ file }) => file);
  const { imports, onSource } = options;
  const loadPackage = imports && localPackages({ ...imports, onSource });
  const asked = options.expression === undefined ? undefined : readExpression(options.expression, files, onSource);
  const library = await loadLibrary(asked === undefined ? files : [...files, asked], loadPackage);
  const { value, errors } = evaluate(files, { path, library, ...(asked && { expression: asked }) });
  const requests = filled.flatMap((each) => each.requests);
  throwFaults(errors.map((error) => nameMissingVariable(error, requests)));
  if (value === undefined) throw new TypeError("an evaluation without faults gives a value");
  return value;
}

function readExpression(text: string, files: readonly File[], onSource: EvaluateSourcesOptions["onSource"]): File {
  const name = "--expression";
  onSource?.(name, text);
  const { file, errors } = parseExpression(text, name, files);
  throwFaults(errors);
  return file;
}

async function readAll(inputs: readonly SourceInput[], options: EvaluateSourcesOptions): Promise<Source[]> {
  const faults: SheafError[] = [];
  const sources: Source[] = [];
  for (const input of inputs) {
    try {
      const source = await readSource(input);
      options.onSource?.(source.name, source.text);
      sources.push(source);
      faults.push(...source.errors, ...nameFaults(source));
    } catch (error) {
      if (!(error instanceof SheafError)) throw error;
      faults.push(error);
    }
  }
  throwFaults(faults);
  return sources;
}

function nameFaults({ name, file: { decls } }: Source): SourceError[] {
  const [, ending] = /(_(?:test|tool)\.cue)$/.exec(name) ?? [];
  if (ending === undefined) return [];
  const pos = decls[0]?.pos ?? { file: name, offset: 0, line: 1, column: 1 };
  return [new SourceError("left-out", `files that end in ${ending} are no part of a package in CUE; rename it`, pos)];
}
