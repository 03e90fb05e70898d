import { type ArtifactPlace, formatPlace } from "../engine/oci/index.js";
import type { Terminal } from "./terminal.js";

/** Prints what a command pushed or found: two lines for people, or the JSON object that Timoni prints. */
export function showArtifact(
  place: ArtifactPlace,
  digest: string,
  more: Readonly<{ version: string } | { tag: string }>,
  output: "table" | "json",
  terminal: Terminal,
): void {
  const bare = formatPlace({ ...place, tag: undefined, digest: undefined });
  const name = "version" in more ? more.version : more.tag;
  if (output === "table") {
    terminal.say(`artifact: ${bare}:${name}\ndigest: ${digest}\n`);
    return;
  }
  const repository = bare.replace(/^oci:\/\//, "");
  terminal.say(`${JSON.stringify({ url: `${bare}@${digest}`, repository, ...more, digest }, null, 2)}\n`);
}
