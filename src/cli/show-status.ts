import type { InstanceStatus } from "../engine/apply/index.js";
import { formatRef } from "../engine/object/index.js";
import { counted } from "./counted.js";
import { formatTable } from "./show-table.js";
import type { Terminal } from "./terminal.js";
import { visibleLine } from "./visible.js";

/** Shows an instance and the state of its objects, for people. */
export function showStatus(status: InstanceStatus, terminal: Terminal): void {
  const { name, namespace, module, state, lastTransitionTime, entries } = status;
  const heading = `${terminal.colors.bold(name)} in ${namespace}: ${visibleLine(`${module.name} ${module.version}`)}`;
  terminal.say(`${heading}, ${state} since ${lastTransitionTime}\n`);
  const rows = entries.map(({ ref, state }) => [`  ${formatRef(ref)}`, state.state, state.message]);
  terminal.say(formatTable(["  OBJECT", "STATE", "MESSAGE"], rows));
}

/** Tells how many objects need somebody: those that are absent or have failed, not those still on their way. True where there are none. */
export function tellBroken(instances: readonly InstanceStatus[], terminal: Terminal): boolean {
  const states = instances.flatMap(({ entries }) => entries.map(({ state }) => state.state));
  const broken = states.filter((state) => state === "absent" || state === "failed").length;
  if (broken > 0) terminal.err(`${counted(broken, "object")} ${broken === 1 ? "is" : "are"} absent or failed\n`);
  return broken === 0;
}
