import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { throwFaults } from "../engine/diagnostics/index.js";
import { locate, toJson } from "../engine/json/index.js";
import { type Mirror, parseMirror } from "../engine/module/index.js";
import { evaluateSources } from "../engine/runtime/index.js";
import { compileSchema } from "../engine/schema/index.js";
import type { Context } from "./context.js";

/** What the config file says. */
export type Config = Readonly<{ mirrors: readonly Mirror[] }>;

const schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    mirrors: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["from", "to"],
        properties: {
          from: { type: "string", description: "the host and path that module URLs start with" },
          to: { type: "string", description: "a registry (oci://…), an image layout or a folder of modules" },
        },
      },
    },
  },
};

/**
 * Reads `sheaf/config.yaml` below `$XDG_CONFIG_HOME` (or `~/.config`); a missing file says nothing.
 *
 * @throws {SheafError} At the place of a field that is unknown or wrong
 */
export async function loadConfig(context: Context): Promise<Config> {
  const { env } = context;
  const name = join(env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), ".config"), "sheaf", "config.yaml");
  const bytes = await readFile(name).catch(() => undefined);
  if (bytes === undefined) return { mirrors: [] };
  const value = await evaluateSources([{ name, bytes }], [], {
    onSource: (file, text) => context.sources.set(file, text),
  });
  throwFaults((await compileSchema(schema)).check(value).faults);
  const mirrors = locate(value, ["mirrors"]);
  const rules = mirrors?.kind === "list" ? mirrors.items : [];
  return {
    mirrors: rules.map((rule) => {
      const text = (key: string) => String(toJson(locate(rule, [key]) ?? rule));
      return parseMirror(`${text("from")}=${text("to")}`, dirname(name));
    }),
  };
}
