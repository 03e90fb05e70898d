import type { ApplyEvent, KeptReason, ObjectAction } from "../engine/apply/index.js";
import { SheafError } from "../engine/diagnostics/index.js";
import type { InstanceId } from "../engine/inventory/index.js";
import { formatRef, refKey } from "../engine/object/index.js";
import type { Change } from "../engine/target/index.js";
import { counted } from "./counted.js";
import { formatDiff } from "./show-diff.js";
import { StateLines } from "./state-lines.js";
import type { Terminal } from "./terminal.js";
import { visibleLine } from "./visible.js";

/** How the events of a run are shown. */
export type ShowOptions = Readonly<{
  output: "table" | "json";
  /** The run writes nothing: what is told would happen. */
  dryRun: boolean;
}>;

/** Makes the function that shows events: as lines for people, or as JSON lines on stdout. */
export function eventPrinter(terminal: Terminal, options: ShowOptions): (event: ApplyEvent) => void {
  if (options.output === "json") return (event) => terminal.json(event);
  const states = new StateLines(terminal);
  return (event) => {
    if (event.type === "object-state") return states.tell(refKey(event.ref), event.state, describeState(event));
    if (event.type === "instance-done") states.flush();
    const text = describeEvent(event, terminal.colors, options.dryRun);
    if (text !== undefined) terminal.say(text);
  };
}

const keptReasons: Readonly<Record<KeptReason, string>> = {
  "prune-disabled": "its pruning is disabled",
  "not-owned": "it is no longer this instance's",
  "in-use": "something else is in it",
};

/** Does the work of a run; one that fails ends its JSON lines with the reason. The error itself goes on to the caller. */
export async function tellingFailure<T>(
  terminal: Terminal,
  output: ShowOptions["output"],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    tellFailure(terminal, output, error);
    throw error;
  }
}

/** Tells in JSON lines what ended them. */
export function tellFailure(terminal: Terminal, output: ShowOptions["output"], error: unknown): void {
  if (output === "json" && error instanceof SheafError) {
    const code = "code" in error ? error.code : "failed";
    terminal.json({ type: "failed", code, message: error.message });
  }
}

type StateEvent = Extract<ApplyEvent, { type: "object-state" }>;

/** The lines that tell an event; undefined for one that only programs want. */
function describeEvent(
  event: Exclude<ApplyEvent, StateEvent>,
  colors: Terminal["colors"],
  dryRun: boolean,
): string | undefined {
  const suffix = dryRun ? colors.dim(" (dry run)") : "";
  switch (event.type) {
    case "preflight-done":
      return `${colors.dim(`checked ${counted(event.objects, "object")} of ${counted(event.instances, "instance")}`)}\n`;
    case "instance-started": {
      const { instance, operation } = event;
      const module = visibleLine(`${event.module.name} ${event.module.version}`);
      const place = `[${event.position}/${event.total}]`;
      return `${place} ${operation} ${colors.bold(instance.name)} in ${instance.namespace}: ${module}\n`;
    }
    case "instance-unnamed":
      return describeUnnamed(event.instance, colors, event.pruned);
    case "rollback-started":
      return `${colors.red("failed:")} ${event.message}\n${colors.bold("going back to what was there before")}\n`;
    case "instance-restored": {
      const module = visibleLine(`${event.module.name} ${event.module.version}`);
      return `  ${colors.bold(event.instance.name)}: ${colors.green("restored")} ${module}\n`;
    }
    case "namespace-created":
      return `  Namespace/${event.namespace} ${colors.green("created")}${suffix}\n`;
    case "object-applied": {
      const note = event.unchecked === undefined ? "" : colors.dim(` (not checked by the server: ${event.unchecked})`);
      const moved = event.migration === undefined ? "" : colors.dim(` (${describeMigration(event.migration)})`);
      const line = `  ${formatRef(event.ref)} ${colorAction(event.action, colors)}${suffix}${note}${moved}\n`;
      return event.diff === undefined ? line : line + formatDiff(event.ref, event.diff, colors);
    }
    case "object-deleted": {
      const line = `  ${formatRef(event.ref)} ${colors.red("deleted")}${suffix}\n`;
      return event.diff === undefined ? line : line + formatDiff(event.ref, event.diff, colors);
    }
    case "object-kept": {
      return `  ${formatRef(event.ref)} kept: ${keptReasons[event.reason]}\n`;
    }
    case "waiting":
      return `  ${colors.dim(`waiting until ${counted(event.objects, "object")} ${event.objects === 1 ? "is" : "are"} ${event.until}`)}\n`;
    case "instance-done": {
      const counts = Object.entries(event.counts).filter(([, number]) => number > 0);
      return `  ${colors.bold(event.instance.name)}: ${counts.map(([what, number]) => `${number} ${what}`).join(", ") || "nothing to do"}${suffix}\n`;
    }
    case "warning":
      return `${colors.yellow("warning:")} ${event.message}\n`;
    case "record-written":
    case "stage-started":
      return undefined;
    default:
      return event satisfies never;
  }
}

function describeState({ ref, state: { state, message } }: StateEvent): string {
  return `  ${formatRef(ref)} ${state}${message === "" ? "" : `: ${visibleLine(message)}`}`;
}

function describeMigration({ dropped, to, objects }: Required<Change>["migration"]): string {
  return `${counted(objects, "custom resource")} of ${dropped.join(", ")} stored anew as ${to}`;
}

/** A note on an instance that its bundle has left behind. */
export function describeUnnamed({ name, namespace }: InstanceId, colors: Terminal["colors"], pruned = false): string {
  const fate = pruned ? "it is deleted" : "it is left as it is (--prune-instances deletes it)";
  return `${colors.yellow("note:")} instance ${name} in ${namespace} belongs to this bundle, but its file no longer names it; ${fate}\n`;
}

function colorAction(action: ObjectAction, colors: Terminal["colors"]): string {
  if (action === "unchanged" || action === "skipped") return colors.dim(action);
  return action === "created" ? colors.green(action) : colors.yellow(action);
}
