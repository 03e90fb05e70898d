import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { SheafError } from "../engine/diagnostics/index.js";
import type { EvaluateSourcesOptions, RuntimeLookup } from "../engine/runtime/index.js";
import type { SourceInput } from "../engine/source/index.js";
import { checkEnvFile } from "./check-env-file.js";
import type { Context } from "./context.js";
import { UsageError } from "./usage-error.js";

/** A file that the user named cannot be read. */
export class FileError extends SheafError {
  override readonly name = "FileError";
  readonly code = "file-not-readable";
}

/**
 * The bytes of files, or of a whole input for `-`.
 *
 * @throws {FileError} For a file that is missing, is a folder or may not be read
 * @throws {UsageError} When standard input is named twice
 */
export async function readSources(files: readonly string[], context: Context): Promise<SourceInput[]> {
  if (files.filter((file) => file === "-").length > 1) throw new UsageError("standard input (-) can be read once");
  return Promise.all(
    files.map(async (name) => ({
      name,
      bytes: name === "-" ? await context.readStdin() : await readUserFile(resolve(context.cwd, name), name),
    })),
  );
}

/** The options that say where variables come from: see `variableOptions`. */
export type VariableArgs = WorkdirArgs & Readonly<{ runtimeFromEnv: boolean; envFile?: string[] | undefined }>;
export type WorkdirArgs = Readonly<{ workdir?: string | undefined }>;

/** How files are evaluated: their texts are kept for excerpts, and imports are looked for around the working directory. */
export function sourceOptions({ workdir = "." }: WorkdirArgs, { sources, cwd }: Context) {
  return {
    onSource: (name: string, text: string) => void sources.set(name, text),
    imports: { workdir: resolve(cwd, workdir), baseDir: cwd },
  } satisfies EvaluateSourcesOptions;
}

/** The environment and `.env` files as the runtime, with the texts that they give noted as secret. */
export async function runtimeLookup(args: VariableArgs, context: Context): Promise<RuntimeLookup> {
  const variables = new Map<string, string>();
  for (const file of args.envFile ?? []) {
    const { parse } = await import("dotenv");
    const text = Buffer.from(await readUserFile(resolve(context.cwd, file), file)).toString();
    checkEnvFile(file, text);
    const parsed = parse(text);
    for (const [name, value] of Object.entries(parsed)) variables.set(name, value);
  }
  const warned = new Set<string>();
  return (name, type) => {
    const value = (args.runtimeFromEnv ? context.env[name] : undefined) ?? variables.get(name);
    if (value !== undefined && type === "string") context.terminal.redactor.add(value);
    if (value === "" && !warned.has(name)) {
      warned.add(name);
      context.terminal.err(`${context.terminal.colors.yellow("warning:")} the variable ${name} is set, and empty\n`);
    }
    return value;
  };
}

async function readUserFile(path: string, shown: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const reason =
      code === "ENOENT"
        ? "there is no such file"
        : code === "EISDIR"
          ? "it is a folder; name the file in it"
          : code === "EACCES"
            ? "you may not read it"
            : String(code ?? error);
    throw new FileError(`${shown}: ${reason}`, [], { cause: error });
  }
}
