import { homedir } from "node:os";
import { join } from "node:path";
import { createResolver, parseMirror, ResolveError, type Resolver } from "../engine/module/index.js";
import { loadConfig } from "./config.js";
import type { Context } from "./context.js";
import { type RegistryArgs, registryOptionsOf } from "./open-registries.js";
import { type VerifyArgs, verificationRules } from "./signature-keys.js";
import { UsageError } from "./usage-error.js";

/** The options that say where modules come from: see `moduleSourceOptions`. */
export type ModuleSourceArgs = RegistryArgs & Readonly<{ mirror?: string[] | undefined; offline: boolean }>;
/** Those of `moduleOptions`, which also say what has to be signed. */
export type ModuleArgs = ModuleSourceArgs & VerifyArgs;

/** Opens what finds modules, by the options, the config file and the built-in catalog. */
export async function openResolver(args: ModuleArgs, context: Context): Promise<Resolver> {
  const { cwd } = context;
  const mirrors = (args.mirror ?? []).map((text) => readMirror(text, cwd));
  const { mirrors: configured, trust } = await loadConfig(context);
  return createResolver({
    mirrors: [...mirrors, ...configured],
    catalogDir: context.catalogDir,
    workDir: cwd,
    cacheDir: cacheDirOf(context),
    registry: await registryOptionsOf(args, context),
    trust: [...trust, ...(await verificationRules(args, context))],
    offline: args.offline,
    signal: context.signal,
  });
}

/** The user's cache, https://specifications.freedesktop.org/basedir-spec/latest/ */
export function cacheDirOf({ env }: Context): string {
  return join(env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), ".cache"), "sheaf");
}

function readMirror(text: string, cwd: string) {
  try {
    return parseMirror(text, cwd);
  } catch (error) {
    if (error instanceof ResolveError) throw new UsageError(`--mirror: ${error.message}`);
    throw error;
  }
}
