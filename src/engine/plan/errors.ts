import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";
import { type InstanceId, instanceKey } from "../inventory/index.js";
import { formatRef, type ObjectRef } from "../object/index.js";

/** An instance on the target that this bundle may not touch: it belongs to another bundle, or to none. */
export class OwnershipError extends SheafError {
  override readonly name = "OwnershipError";
  readonly code = "ownership-conflict";
  readonly instance: InstanceId;
  /** The bundle that owns the instance; undefined for one that was installed alone. */
  readonly owner: string | undefined;

  constructor(instance: InstanceId, owner: string | undefined, wanted: string | undefined, pos?: SourcePos) {
    const whose = owner === undefined ? "no bundle (it was installed alone)" : `bundle "${owner}"`;
    const beside = wanted === undefined ? "" : `, not to bundle "${wanted}"`;
    super(
      `${at(pos)}instance "${instance.name}" in namespace "${instance.namespace}" exists and belongs to ${whose}${beside}; ` +
        "rename the instance, delete the other one, or take it over with --overwrite-ownership",
      places(pos),
    );
    this.instance = instance;
    this.owner = owner;
  }
}

/** One object that is rendered twice: the second would overwrite the first. */
export class DuplicateObjectError extends SheafError {
  override readonly name = "DuplicateObjectError";
  readonly code = "duplicate-object";
  readonly ref: ObjectRef;
  readonly instances: readonly [InstanceId, InstanceId];

  constructor(ref: ObjectRef, first: InstanceId, second: InstanceId, pos?: SourcePos, firstPos?: SourcePos) {
    const same = instanceKey(first) === instanceKey(second);
    super(
      same
        ? `${at(pos)}instance "${second.name}" renders ${formatRef(ref)} twice; an object may be rendered once`
        : `${at(pos)}instance "${second.name}" renders ${formatRef(ref)}, which instance "${first.name}" renders too; ` +
            "give one of them another name or namespace",
      [...places(pos), ...places(firstPos)],
    );
    this.ref = ref;
    this.instances = [first, second];
  }
}

/** Something in a rendered bundle that cannot be applied or recorded. */
export class PlanError extends SheafError {
  override readonly name = "PlanError";
  readonly code: "duplicate-instance" | "unrecordable-name" | "invalid-object";

  constructor(code: PlanError["code"], detail: string, pos?: SourcePos) {
    super(at(pos) + detail, places(pos));
    this.code = code;
  }
}

function at(pos: SourcePos | undefined): string {
  return pos === undefined ? "" : `${formatPos(pos)}: `;
}

function places(pos: SourcePos | undefined): SourcePos[] {
  return pos === undefined ? [] : [pos];
}
