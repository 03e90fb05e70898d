import type { Answer } from "./oracle.js";

/** What both give for a program: JSON with the text of numbers as it is, or the lines of errors. */
export type Outcome = Readonly<
  { json: string } | { lines: readonly number[]; hasUnplaced: boolean; output: string; codes?: readonly string[] }
>;

/** The outcome of `cue export`. An error is at the first of its places; some errors have none. */
export function exportOutcome({ code, output }: NonNullable<Answer>): Outcome {
  if (code === 0) return { json: compactJson(output) };
  const places: (number | undefined)[] = [];
  for (const line of output.split("\n")) {
    const place = /^ +\S+:(\d+):\d+$/.exec(line)?.[1];
    if (place === undefined && line.trim() !== "") places.push(undefined);
    else if (place !== undefined && places.at(-1) === undefined) places[places.length - 1] = Number(place);
  }
  const lines = places.filter((line) => line !== undefined);
  return { lines, hasUnplaced: lines.length < places.length, output };
}

/** Why two outcomes are not the same, or undefined where they are. Order of fields and text of numbers count. */
export function difference(ours: Outcome, cues: Outcome): string | undefined {
  if ("json" in ours || "json" in cues) {
    const [a, b] = [ours, cues].map((outcome) => ("json" in outcome ? outcome.json : outcome.output));
    return a === b ? undefined : `sheaf: ${a}\ncue:   ${b}`;
  }
  const isKnown = (line: number): boolean => cues.lines.includes(line);
  const isSame = cues.hasUnplaced
    ? cues.lines.length === 0 || ours.lines.some(isKnown)
    : ours.lines.every(isKnown) && Math.min(...ours.lines) === Math.min(...cues.lines);
  return isSame ? undefined : `sheaf: lines ${ours.lines.join(", ")}\n${ours.output}\ncue: ${cues.output}`;
}

/** JSON without white space, and with strings escaped as JavaScript does it; numbers stay as they are. */
export function compactJson(json: string): string {
  return json.replaceAll(/"(?:[^"\\]+|\\.)*"|\s+/g, (part) =>
    part.startsWith('"') ? JSON.stringify(JSON.parse(part)) : "",
  );
}

/** The places of errors in files, as `file:line`. */
export function errorPlaces(output: string): Set<string> {
  return new Set([...output.matchAll(/^ +(?:\.\/)?(\S+):(\d+):\d+$/gm)].map(([, file, line]) => `${file}:${line}`));
}
