import { Registries, saveLogin } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { dockerEnv, type RegistryArgs, registryOptionsOf } from "../open-registries.js";
import { registryHost } from "../registry-host.js";
import { UsageError } from "../usage-error.js";

type Args = RegistryArgs & { host: string; username: string; passwordStdin: boolean };

/** `sheaf registry login`: checks credentials and keeps them where Docker does. */
export async function registryLogin(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, signal } = context;
  const host = registryHost(args.host);
  if (!args.passwordStdin) {
    throw new UsageError(
      "the password is read from standard input: echo $TOKEN | sheaf registry login … --password-stdin",
    );
  }
  const password = Buffer.from(await context.readStdin())
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (password === "") throw new UsageError("standard input holds no password");
  terminal.redactor.add(password);
  const { username } = args;
  const options = await registryOptionsOf(args, context);
  const credentials = async () => ({ kind: "basic", username, password }) as const;
  await new Registries({ ...options, credentials }).checkLogin(host, signal);
  const keptIn = await saveLogin(host, { username, password }, { env: dockerEnv(context) });
  terminal.say(`logged in to ${host} as ${username}; kept in ${keptIn}\n`);
  return exitCode.done;
}
