import { removeLogin } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { dockerEnv } from "../open-registries.js";
import { registryHost } from "../registry-host.js";

/** `sheaf registry logout`: forgets the credentials for a registry. */
export async function registryLogout(context: Context, args: { host: string }): Promise<ExitCode> {
  const host = registryHost(args.host);
  const wasIn = await removeLogin(host, { env: dockerEnv(context) });
  context.terminal.say(
    wasIn === undefined ? `there were no credentials for ${host}\n` : `logged out of ${host}; taken from ${wasIn}\n`,
  );
  return exitCode.done;
}
