import { structuredPatch } from "diff";
import type { ShownDiff } from "../engine/apply/index.js";
import { formatRef, type ObjectRef } from "../engine/object/index.js";
import { stringifyYaml } from "../engine/yaml/index.js";
import type { Terminal } from "./terminal.js";

const contextLines = 3;

/** A change of an object as a unified diff of its YAML, coloured where the terminal has colours. Empty for no change. */
export function formatDiff(ref: ObjectRef, { before, after }: ShownDiff, colors: Terminal["colors"]): string {
  const name = formatRef(ref);
  const [from, to] = [
    before === undefined ? "" : stringifyYaml(before),
    after === undefined ? "" : stringifyYaml(after),
  ];
  return formatTextDiff(
    { name: before === undefined ? "(absent)" : name, text: from },
    { name: after === undefined ? "(deleted)" : name, text: to },
    colors,
  );
}

type NamedText = Readonly<{ name: string; text: string }>;

/** The changes from one text to another as a unified diff. Empty for equal texts. */
export function formatTextDiff(from: NamedText, to: NamedText, colors: Terminal["colors"]): string {
  const { hunks } = structuredPatch("", "", from.text, to.text, undefined, undefined, { context: contextLines });
  if (hunks.length === 0) return "";
  const lines = [colors.bold(`--- ${from.name}`), colors.bold(`+++ ${to.name}`)];
  for (const { oldStart, oldLines, newStart, newLines, lines: changed } of hunks) {
    lines.push(colors.cyan(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`));
    for (const line of changed) {
      lines.push(line.startsWith("+") ? colors.green(line) : line.startsWith("-") ? colors.red(line) : line);
    }
  }
  return `${lines.join("\n")}\n`;
}
