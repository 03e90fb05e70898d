import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { formatCue } from "../../engine/cue/index.js";
import { FaultsError, SheafError, throwFaults } from "../../engine/diagnostics/index.js";
import { decodeSource } from "../../engine/source/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { findCueFiles } from "../find-cue-files.js";
import { readSources } from "../read-sources.js";

type Args = { files: string[]; diff: boolean; check: boolean };

/** `sheaf fmt`: formats CUE files in place, or shows what that would change. Where one is no CUE, none is written. */
export async function formatFiles(context: Context, { files, diff, check }: Args): Promise<ExitCode> {
  const { terminal } = context;
  const faults: SheafError[] = [];
  const formatted: { name: string; before: string; after: string }[] = [];
  for (const { name, bytes } of await readSources(await findCueFiles(files, context), context)) {
    try {
      const before = decodeSource(bytes, name);
      context.sources.set(name, before);
      formatted.push({ name, before, after: formatCue(before, name) });
    } catch (error) {
      if (!(error instanceof SheafError) && !(error instanceof FaultsError)) throw error;
      faults.push(...(error instanceof FaultsError ? error.errors : [error]));
    }
  }
  throwFaults(faults);
  const changed = formatted.filter(({ before, after }) => before !== after);
  if (diff) for (const { name, before, after } of changed) terminal.out(patchOf(name, before, after));
  else if (check) for (const { name } of changed) terminal.out(`${name}\n`);
  else {
    for (const { name, after } of changed) if (name !== "-") await writeFile(resolve(context.cwd, name), after);
    for (const { name, after } of formatted) if (name === "-") terminal.out(after);
  }
  return check && changed.length > 0 ? exitCode.failed : exitCode.done;
}

/** What formatting changes; of very many changes only that there are some, since to find the least of them takes too long. */
function patchOf(name: string, before: string, after: string): string {
  const options = { headerOptions: FILE_HEADERS_ONLY, maxEditLength: 2000 };
  return createTwoFilesPatch(name, name, before, after, "", "", options) ?? `${name}: more than 1,000 lines change\n`;
}
