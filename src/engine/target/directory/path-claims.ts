import { formatRef, type ObjectRef, refKey } from "../../object/index.js";
import { TargetError } from "../errors.js";

/** Which object takes which path: two objects must not share one, as those do whose names differ in case only. */
export class PathClaims {
  readonly #claims = new Map<string, string>();

  /** @throws {TargetError} Where another object has the path */
  claim(path: string, ref: ObjectRef): void {
    const claim = this.#claims.get(path) ?? refKey(ref);
    this.#claims.set(path, claim);
    if (claim === refKey(ref)) return;
    const text = `${formatRef(ref)} would have the same file as another object (${claim}): ${path}; rename one of them`;
    throw new TargetError("invalid-object", text);
  }

  clear(): void {
    this.#claims.clear();
  }
}
