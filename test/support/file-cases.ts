/** A case of several files: the lines of its head, the files by name, and what is expected of them. */
export type FileCase = Readonly<{
  title: string;
  /** The second line of the head, empty where there is none. */
  settings: string;
  files: ReadonlyMap<string, string>;
  expected: string;
  /** The text of the block before its result. */
  source: string;
}>;

/**
 * Reads a table of such cases: blocks of `# TITLE`, a line of settings, files behind `-- NAME --`, and `=> ` with what is expected,
 * separated by empty lines.
 */
export function parseFileCases(text: string): FileCase[] {
  return text
    .trimEnd()
    .split("\n\n# ")
    .map((block) => {
      const [source = "", expected = ""] = block.replace(/^# /, "").split("\n=> ");
      const [head = "", ...parts] = source.split(/^-- (.+) --$/m);
      const [title = "", settings = ""] = head.split("\n");
      const files = new Map<string, string>();
      for (let i = 0; i < parts.length; i += 2)
        files.set(parts[i] ?? "", (parts[i + 1] ?? "").slice(1).replace(/[^\n]$/, "$&\n"));
      return { title, settings, files, expected, source };
    });
}

export function fileCasesText(cases: readonly Pick<FileCase, "source" | "expected">[]): string {
  return `${cases.map(({ source, expected }) => `# ${source}\n=> ${expected}`).join("\n\n")}\n`;
}
