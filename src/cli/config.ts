import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { throwFaults } from "../engine/diagnostics/index.js";
import { locate, toJson } from "../engine/json/index.js";
import { type Mirror, parseMirror, type TrustRule } from "../engine/module/index.js";
import { evaluateSources } from "../engine/runtime/index.js";
import { compileSchema } from "../engine/schema/index.js";
import type { Context } from "./context.js";
import { loadPublicKey } from "./signature-keys.js";

/** What the config file says. */
export type Config = Readonly<{ mirrors: readonly Mirror[]; trust: readonly TrustRule[] }>;

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
    verify: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["prefix", "key"],
        properties: {
          prefix: {
            type: "string",
            pattern: "^[^/:]+(:[0-9]+)?(/[^:]+)?$",
            description: "host[/path] of repositories",
          },
          key: { type: "string", description: "the file of the public key that their modules must be signed with" },
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
  if (bytes === undefined) return { mirrors: [], trust: [] };
  const value = await evaluateSources([{ name, bytes }], [], {
    onSource: (file, text) => context.sources.set(file, text),
  });
  throwFaults((await (await compileSchema(schema)).check(value)).faults);
  const rules = (list: string, ...keys: string[]): string[][] => {
    const found = locate(value, [list]);
    const items = found?.kind === "list" ? found.items : [];
    return items.map((rule) => keys.map((key) => String(toJson(locate(rule, [key]) ?? rule))));
  };
  const trust = rules("verify", "prefix", "key").map(async ([prefix = "", key = ""]) => {
    return { prefix: prefix.replace(/\/+$/, ""), key: await loadPublicKey(resolve(dirname(name), key)) };
  });
  return {
    mirrors: rules("mirrors", "from", "to").map(([from, to]) => parseMirror(`${from}=${to}`, dirname(name))),
    trust: await Promise.all(trust),
  };
}
