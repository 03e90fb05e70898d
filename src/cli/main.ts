import { fileURLToPath } from "node:url";
import yargs, { type Argv } from "yargs";
import { SheafError } from "../engine/diagnostics/index.js";
import { artifactCommands } from "./commands/artifact.js";
import { bundleCommands } from "./commands/bundle.js";
import { generalCommands } from "./commands/general.js";
import { instanceCommands } from "./commands/instance.js";
import { moduleCommands } from "./commands/module.js";
import { registryCommands } from "./commands/registry.js";
import { runtimeCommands } from "./commands/runtime.js";
import { type Context, type ExitCode, exitCode } from "./context.js";
import { reportError } from "./report-error.js";
import { openTerminal } from "./terminal.js";
import { UsageError } from "./usage-error.js";
import { version } from "./version.js";

/**
 * Runs the command line and sets the exit code of the process: 0 done, 1 failed, 2 usage, 3 for a diff with changes.
 *
 * @param args The arguments behind the name of the command
 */
export async function main(args: readonly string[]): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = () => {
    // The second one means it: whoever waits for a stuck request has a way out.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  // A reader that has seen enough (`| head`) must not stop an apply half-way; any other fault is told at the end.
  let outputFault: NodeJS.ErrnoException | undefined;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") outputFault ??= error;
  });

  const context: Context = {
    terminal: openTerminal(process, process.env),
    env: process.env,
    cwd: process.cwd(),
    signal: interrupt.signal,
    now: () => new Date(),
    readStdin: () => readAll(process.stdin),
    catalogDir: fileURLToPath(new URL("./catalog", import.meta.url)),
    sources: new Map(),
  };
  process.exitCode = await runCommand(args, context);
  await new Promise<void>((done) => process.stdout.write("", () => done()));
  if (outputFault !== undefined) {
    context.terminal.err(`error: cannot write the output: ${outputFault.message}\n`);
    process.exitCode = exitCode.failed;
  }
}

/** Reads a stream to its end. Opening /dev/stdin would fail where another program gives a socket. */
async function readAll(stream: AsyncIterable<string | Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** Whether yargs is to print something itself. Behind a command, --version can be an option of its own. */
function printsByItself([first = "", ...rest]: readonly string[]): boolean {
  return (
    ["--version", "-v", "completion", "--get-yargs-completions"].includes(first) ||
    [first, ...rest].some((arg) => arg === "--help" || arg === "-h")
  );
}

/** Options that may be given several times; all others have one value. */
const lists = new Set([
  "file",
  "f",
  "env-file",
  "envFile",
  "mirror",
  "values",
  "tag",
  "t",
  "runtime",
  "r",
  "kube-as-group",
  "kubeAsGroup",
  "files",
  "instance-namespace",
  "instanceNamespace",
  "_",
]);

function checkGivenOnce(argv: Readonly<Record<string, unknown>>): true {
  const repeated = Object.keys(argv).find((key) => Array.isArray(argv[key]) && !lists.has(key));
  if (repeated !== undefined) throw new UsageError(`--${repeated} can be given once`);
  return true;
}

/** yargs takes `--wait=flase` for false. */
function checkBooleans(argv: Readonly<Record<string, unknown>>, args: readonly string[]): true {
  for (const [, name = "", value = ""] of args.map((arg) => /^--([^=]+)=(.*)$/s.exec(arg) ?? [])) {
    if (typeof argv[name] === "boolean" && value !== "true" && value !== "false")
      throw new UsageError(`--${name} is a switch: expected true or false, not ${JSON.stringify(value)}`);
  }
  return true;
}

/** What yargs says of a command line, in the words of the help. */
function usageFault(message: string, args: readonly string[]): string {
  const lacks = /^Missing required arguments?: (.*)$/.exec(message)?.[1];
  if (lacks === undefined && !message.startsWith("Not enough non-option arguments")) return message;
  const command = ["sheaf", ...args.slice(0, 2).filter((arg) => /^[a-z]/.test(arg))].join(" ");
  const options = lacks?.split(", ").map((name) => `--${name}`);
  return `${command} needs ${options?.join(", ") ?? "more arguments"}; ${command} --help shows how it is written`;
}

/** yargs drops a hyphen among the files of a command, and keeps this name for the same thing. */
function withStandardInput(args: readonly string[]): string[] {
  return args.map((arg, i) => (arg === "-" && !args[i - 1]?.startsWith("-") ? "/dev/stdin" : arg));
}

/** Whether an atomic apply has gone back, or tried to: the same command would not go on from there. */
function wentBack(error: unknown): boolean {
  return error instanceof SheafError && "rollback" in error;
}

declare module "yargs" {
  interface Argv {
    getInternalMethods(): { getUsageInstance(): { cacheHelpMessage: () => void } };
  }
}

/** yargs renders the help of each command that runs, in case that it is asked for later; that takes longer than to render objects. */
function keepFromRenderingHelp(parser: Argv): void {
  parser.getInternalMethods().getUsageInstance().cacheHelpMessage = () => {};
}

/** Parses the arguments and runs the command that they name. Never throws: errors are printed. */
export async function runCommand(args: readonly string[], context: Context): Promise<ExitCode> {
  const { terminal } = context;
  let code: ExitCode = exitCode.done;
  const done = (result: ExitCode) => {
    code = result;
  };
  const prints = printsByItself(args);
  const given = withStandardInput(args);
  const parser = [
    bundleCommands,
    moduleCommands,
    artifactCommands,
    registryCommands,
    runtimeCommands,
    instanceCommands,
    generalCommands,
  ].reduce((built, add) => add(built, context, done), yargs());
  parser
    .scriptName("sheaf")
    .usage("$0 COMMAND\n\nBundles of Kubernetes modules: built, applied and deleted as a unit.")
    .demandCommand(1, "Name a command, for example: sheaf bundle apply -f bundle.cue")
    .epilogue("sheaf COMMAND --help shows the options and examples of a command.")
    .recommendCommands()
    .strict()
    .check((argv) => checkGivenOnce(argv) && checkBooleans(argv, args))
    .completion("completion", "Print a script for the shell that completes commands and options")
    .version("version", "Show the version", version)
    .alias({ help: "h", version: "v" })
    .wrap(110)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      // yargs tells its own faults by name only; all other errors are those of the command that ran.
      throw error && error.name !== "YError" ? error : new UsageError(usageFault(error?.message ?? message, args));
    });
  if (!prints) keepFromRenderingHelp(parser);
  try {
    if (prints) {
      await parser.parseAsync(given, {}, (_error, _argv, output) => {
        if (output !== "") terminal.out(`${output}\n`);
      });
    } else {
      await parser.parseAsync(given);
    }
    return code;
  } catch (error) {
    if (context.signal.aborted && !wentBack(error)) {
      terminal.err("interrupted; the same command goes on where this one stopped\n");
      return exitCode.failed;
    }
    reportError(error, context);
    return error instanceof UsageError ? exitCode.usage : exitCode.failed;
  }
}
