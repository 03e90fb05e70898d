import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** A program, and what comes of it: JSON, or the codes and places of its errors. */
export type Case = Readonly<{ source: string; expected: string }>;

const folder = new URL("cases/", import.meta.url);

/**
 * The tables in cases/: blocks of CUE, each followed by "=> " and the JSON of its value, or the codes and places of its
 * errors. Blocks are separated by an empty line. Values, exit codes and the lines of errors are those of the reference
 * implementation, v0.15: an end-to-end suite compares them, and records new ones.
 */
export function caseFiles(): { name: string; cases: Case[] }[] {
  return readdirSync(folder).map((name) => {
    const blocks = readFileSync(new URL(name, folder), "utf8").trimEnd().split("\n\n");
    return { name, cases: blocks.map(parseCase) };
  });
}

export function writeCaseFile(name: string, cases: readonly Case[]): void {
  writeFileSync(
    new URL(name, folder),
    `${cases.map(({ source, expected }) => `${source}\n=> ${expected}`).join("\n\n")}\n`,
  );
}

function parseCase(block: string): Case {
  const [source = "", expected = ""] = block.split(/\n=> /);
  return { source, expected };
}
