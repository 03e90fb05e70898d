import type { RuntimeCluster } from "../engine/fleet/index.js";
import { isJsonObject } from "../engine/json/index.js";
import type { Terminal } from "./terminal.js";

/** A terminal that says of every line, and of every JSON value, which cluster it is about. Data for others goes out as it is. */
export function clusterTerminal(terminal: Terminal, { name, group }: RuntimeCluster): Terminal {
  const prefixed = (text: string) => text.replace(/^(?=.)/gm, `${terminal.colors.cyan(name)} | `);
  return {
    ...terminal,
    say: (text) => terminal.say(prefixed(text)),
    err: (text) => terminal.err(prefixed(text)),
    live: terminal.live && ((key, line) => terminal.live?.(`${name} ${key}`, line && `${name} |${line}`)),
    // One line each: several clusters would give several documents otherwise.
    json: (value) => terminal.json({ cluster: name, group, ...(isJsonObject(value) ? value : { value }) }),
  };
}
