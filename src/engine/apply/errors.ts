import { SheafError, suggest } from "../diagnostics/index.js";
import type { InstanceId } from "../inventory/index.js";
import { formatRef, type ObjectRef } from "../object/index.js";
import type { InstanceResult } from "./events.js";

/** One thing that could not be done to an instance. `cause` is the target's own error. */
export class ApplyError extends SheafError {
  override readonly name = "ApplyError";
  readonly code: "preview-failed" | "apply-failed" | "not-ready" | "delete-failed" | "record-failed" | "no-way-back";
  readonly instance: InstanceId | undefined;
  readonly ref: ObjectRef | undefined;

  constructor(
    code: ApplyError["code"],
    subject: Readonly<{ instance?: InstanceId | undefined; ref?: ObjectRef | undefined }>,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${describe(subject)}${detail}`, [], options);
    this.code = code;
    // Callers pass plans and records, too: an error carries nothing of these but which instance it is.
    this.instance = subject.instance && { name: subject.instance.name, namespace: subject.instance.namespace };
    this.ref = subject.ref;
  }
}

/** An apply that stopped after its first write. `cause` says why; applying the bundle again goes on from there. */
export class ApplyStoppedError extends SheafError {
  override readonly name = "ApplyStoppedError";
  readonly code = "apply-stopped";
  /** The instances that were finished before. */
  readonly done: readonly InstanceResult[];
  readonly failed: InstanceId;
  readonly notStarted: readonly InstanceId[];

  constructor(done: readonly InstanceResult[], failed: InstanceId, notStarted: readonly InstanceId[], cause: Error) {
    const names = (list: readonly InstanceId[]) => list.map(({ name }) => `"${name}"`).join(", ");
    const parts = [
      ...(done.length === 0 ? [] : [`applied before it: ${names(done)}`]),
      ...(notStarted.length === 0 ? [] : [`not started: ${names(notStarted)}`]),
      "apply the bundle again to finish",
    ];
    super(`${cause.message}\nstopped at instance "${failed.name}"; ${parts.join("; ")}`, [], { cause });
    this.done = done;
    this.failed = failed;
    this.notStarted = notStarted;
  }
}

/** What going back to the state before has come to. */
export type Rollback = Readonly<{
  restored: readonly InstanceId[];
  removed: readonly InstanceId[];
  /** What could not be restored or removed. */
  faults: readonly SheafError[];
}>;

/** An atomic apply that failed after its first write. `cause` says why; the bundle is what it was, unless `faults` are told. */
export class ApplyRolledBackError extends SheafError {
  override readonly name = "ApplyRolledBackError";
  readonly code: "apply-rolled-back" | "rollback-failed";
  readonly failed: InstanceId;
  readonly rollback: Rollback;

  constructor(failed: InstanceId, rollback: Rollback, cause: Error) {
    const { restored, removed, faults } = rollback;
    const names = (list: readonly InstanceId[]) => list.map(({ name }) => `"${name}"`).join(", ");
    const done = [
      ...(restored.length === 0 ? [] : [`restored: ${names(restored)}`]),
      ...(removed.length === 0 ? [] : [`removed: ${names(removed)}`]),
    ];
    const went = `failed at instance "${failed.name}"; ${done.join("; ") || "nothing to restore"}`;
    const rest = faults.map(({ message }) => `\n${message}`).join("");
    const end =
      faults.length === 0
        ? "the bundle is as it was before"
        : `going back failed, apply the bundle again to go on, or the earlier one to go back:${rest}`;
    super(`${cause.message}\n${went}; ${end}`, [], { cause });
    this.code = faults.length === 0 ? "apply-rolled-back" : "rollback-failed";
    this.failed = failed;
    this.rollback = rollback;
  }
}

/** Something that is not the bundle's would be deleted along with it. Nothing was changed. */
export class DependentsError extends SheafError {
  override readonly name = "DependentsError";
  readonly code: "custom-resources" | "namespace-in-use";
  readonly dependents: readonly ObjectRef[];

  constructor(code: DependentsError["code"], summary: string, dependents: readonly ObjectRef[]) {
    super([summary, ...listed(dependents.map((ref) => `  ${formatRef(ref)}`))].join("\n"));
    this.code = code;
    this.dependents = dependents;
  }
}

/** A bundle of which the target has no instance. */
export class UnknownBundleError extends SheafError {
  override readonly name = "UnknownBundleError";
  readonly code = "unknown-bundle";

  /** @param seen The only namespaces that could be looked at, where those were not all */
  constructor(bundle: string, target: string, known: readonly string[], seen?: readonly string[]) {
    const only = seen?.length === 1 ? "the only one" : "the only ones";
    const where =
      seen === undefined
        ? ""
        : ` in the namespace${seen.length === 1 ? "" : "s"} ${seen.join(", ")}, ${only} whose records can be listed`;
    const hint =
      known.length === 0 ? "it has no bundle at all" : `it has ${known.map((name) => `"${name}"`).join(", ")}`;
    super(`there is no instance of bundle "${bundle}" on ${target}${where}; ${hint}`);
  }
}

/** An instance that the target does not have. */
export class UnknownInstanceError extends SheafError {
  override readonly name = "UnknownInstanceError";
  readonly code = "unknown-instance";
  readonly instance: InstanceId;

  /** @param known The instances that could be seen */
  constructor({ name, namespace }: InstanceId, target: string, known: readonly InstanceId[]) {
    const elsewhere = known.filter((other) => other.name === name).map((other) => other.namespace);
    const beside = known.filter((other) => other.namespace === namespace).map((other) => other.name);
    const near = suggest(name, beside);
    const hints = [
      ...(elsewhere.length === 0 ? [] : [`there is one in ${elsewhere.join(", ")}: name the namespace with -n`]),
      ...(near === undefined ? [] : [`did you mean "${near}"?`]),
    ];
    super([`there is no instance "${name}" in namespace "${namespace}" on ${target}`, ...hints].join("; "));
    this.instance = { name, namespace };
  }
}

const maxListed = 20;

function listed(lines: readonly string[]): string[] {
  if (lines.length <= maxListed) return [...lines];
  return [...lines.slice(0, maxListed), `  and ${lines.length - maxListed} more`];
}

function describe({ instance, ref }: { instance?: InstanceId | undefined; ref?: ObjectRef | undefined }): string {
  const parts = [
    ...(instance === undefined ? [] : [`instance "${instance.name}"`]),
    ...(ref === undefined ? [] : [formatRef(ref)]),
  ];
  return parts.map((part) => `${part}: `).join("");
}
