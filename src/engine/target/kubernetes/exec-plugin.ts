import { spawn } from "node:child_process";
import { dirname, resolve } from "node:path";
import { isJsonObject, type JsonObject } from "../../json/index.js";
import { TargetError } from "../errors.js";
import type { ExecSurroundings } from "./credentials.js";
import { objectsAt, textAt, textsAt, valueAt } from "./fields.js";
import type { KubeconfigEntry } from "./kubeconfig.js";

/** What an exec plugin gave: `endsAt` is in milliseconds since the epoch, infinite where the plugin names no end. */
export type ExecCredential = Readonly<{
  token: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  endsAt: number;
}>;

const apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** A plugin that says more than this is broken. */
const maxOutputBytes = 1024 * 1024;

/**
 * Runs the exec plugin of a kubeconfig user.
 *
 * @throws {TargetError} `unauthorized` when it fails: the message carries the plugin's own words and its install hint
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export async function runExecPlugin(user: KubeconfigEntry, surroundings: ExecSurroundings): Promise<ExecCredential> {
  const exec = valueAt(user.fields, "exec");
  const command = textAt(exec, "command");
  const apiVersion = textAt(exec, "apiVersion");
  const of = `kubeconfig ${user.file}: user "${user.name}"`;
  if (command === "") throw new TargetError("bad-kubeconfig", `${of}: exec.command is missing`);
  if (!apiVersions.includes(apiVersion))
    throw new TargetError(
      "bad-kubeconfig",
      `${of}: exec.apiVersion is "${apiVersion}", expected ${apiVersions.join(" or ")}`,
    );
  const mode = textAt(exec, "interactiveMode") || "IfAvailable";
  if (mode === "Always" && !surroundings.interactive)
    throw new TargetError("unauthorized", `${of}: ${command} has to ask its user, but there is no terminal`);
  const interactive = mode !== "Never" && surroundings.interactive;

  const spec: JsonObject = { interactive };
  if (valueAt(exec, "provideClusterInfo") === true) spec.cluster = { ...surroundings.cluster };
  const info: JsonObject = { apiVersion, kind: "ExecCredential", spec, status: {} };
  const env: Record<string, string | undefined> = { ...surroundings.env };
  for (const variable of objectsAt(exec, "env")) env[textAt(variable, "name")] = textAt(variable, "value");
  env.KUBERNETES_EXEC_INFO = JSON.stringify(info);

  // A command with a separator is relative to the kubeconfig file, a bare name is looked up in PATH.
  const path = /[/\\]/.test(command) ? resolve(dirname(user.file), command) : command;
  let output: string;
  try {
    output = await run(path, textsAt(exec, "args"), env, interactive);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = textAt(exec, "installHint");
    const message = `${of}: the credential plugin ${command} failed: ${reason}${hint === "" ? "" : `\n${hint.trim()}`}`;
    throw new TargetError("unauthorized", message, { cause: error });
  }
  return parseCredential(output, apiVersion, `${of}: the credential plugin ${command}`);
}

function parseCredential(output: string, apiVersion: string, what: string): ExecCredential {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    // Neither the output nor the parser's message, which quotes it, may be shown: it may hold a token.
    throw new TargetError("unauthorized", `${what} did not print JSON`);
  }
  const credential = isJsonObject(value) ? value : {};
  if (textAt(credential, "kind") !== "ExecCredential" || textAt(credential, "apiVersion") !== apiVersion)
    throw new TargetError("unauthorized", `${what} did not print an ExecCredential of ${apiVersion}`);
  const text = (field: string) => textAt(credential, "status", field) || undefined;
  const [token, cert, key] = [text("token"), text("clientCertificateData"), text("clientKeyData")];
  if (token === undefined && (cert === undefined || key === undefined))
    throw new TargetError("unauthorized", `${what} gave neither a token nor a client certificate with its key`);
  const endsAt = Date.parse(text("expirationTimestamp") ?? "");
  return { token, cert, key, endsAt: Number.isNaN(endsAt) ? Number.POSITIVE_INFINITY : endsAt };
}

/** Runs a command without a shell and resolves with what it printed. Its prompts reach the user only when interactive. */
function run(
  command: string,
  args: readonly string[],
  env: Record<string, string | undefined>,
  interactive: boolean,
): Promise<string> {
  return new Promise((done, fail) => {
    const through = interactive ? "inherit" : "ignore";
    const child = spawn(command, args, { env, stdio: [through, "pipe", interactive ? "inherit" : "pipe"] });
    let output = "";
    let complaint = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length > maxOutputBytes) child.kill();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    child.on("error", fail);
    child.on("close", (code, signal) => {
      if (code === 0) done(output);
      else fail(new Error([`exit ${code ?? signal}`, complaint.trim()].filter((part) => part !== "").join(": ")));
    });
  });
}
