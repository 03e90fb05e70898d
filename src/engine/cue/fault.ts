import { comparePos, formatPos, SourceError, type SourcePos } from "../diagnostics/index.js";
import { formatPath, type Key, keyName } from "./label.js";
import type { Code, Conjunct, Vertex } from "./vertex.js";

/**
 * What is wrong with a vertex. An error stays whatever else is unified; an incomplete one may still be completed, and
 * counts only where a concrete value is asked for.
 */
export type Fault = Readonly<{
  kind: "error" | "incomplete";
  code: string;
  detail: string;
  pos: SourcePos;
  related: readonly SourcePos[];
  path: readonly (Key | number)[];
  /** The first place of the values of a conflict, whatever references brought them. */
  origin?: SourcePos;
  /** Looks for the name that was meant: of all the faults, few are ever told. */
  near?: () => string | undefined;
  /** The scalars that are not the same, as messages show them. */
  unequal?: readonly [string, string];
  /** The vertex that has no such field or item: within a disjunct, this rules the disjunct out. */
  missingIn?: Vertex;
  /** The vertex of a field that is not there yet, and that a condition which has not been decided may give. */
  awaits?: Vertex;
  /** The disjunct that is tried, where it has no such field. */
  trial?: Vertex;
  /** A scalar does not keep a bound: that is looked at when all disjunctions have been met. */
  isOfBound?: true;
}>;

/** Thrown where an expression has no value. */
export class Stop {
  readonly fault: Fault;

  constructor(fault: Fault) {
    this.fault = fault;
  }
}

/** Thrown where evaluation would take too much; nothing goes on. */
export class LimitExceeded {
  readonly error: SourceError;

  constructor(detail: string, pos: SourcePos) {
    this.error = new SourceError("limit-exceeded", detail, pos);
  }
}

export function errorAt(
  vertex: Vertex,
  code: string,
  detail: string,
  pos: SourcePos,
  related: readonly SourcePos[] = [],
): Fault {
  const others =
    related.length === 0 ? related : distinctPlaces(related).filter((other) => formatPos(other) !== formatPos(pos));
  return { kind: "error", code, detail, pos, related: others, path: vertex.path };
}

export function distinctPlaces(places: readonly SourcePos[]): SourcePos[] {
  return [...new Map(places.map((pos) => [`${pos.file}:${pos.offset}`, pos])).values()];
}

/**
 * The fault of values that do not go together: it is at the first of their places, and tells the others, and the references
 * and embeddings that brought them.
 */
export function conflictAt(vertex: Vertex, code: string, detail: string, places: readonly SourcePos[]): Fault {
  const ways = conjunctsWith(vertex, places).flatMap(waysOf);
  // A conflict within an imported package is that package's, whoever refers to it.
  const isNear = ({ file }: SourcePos): boolean => places.some((place) => place.file === file);
  const [first, ...others] = distinctPlaces([...places, ...ways]).sort(
    (a, b) => Number(isNear(b)) - Number(isNear(a)) || comparePos(a, b),
  );
  const [origin] = [...places].sort(comparePos);
  if (first === undefined || origin === undefined) throw new TypeError("a conflict has places");
  return { ...errorAt(vertex, code, detail, first, others), origin };
}

/** The conjuncts that values at some places come of. */
function conjunctsWith({ conjuncts, expansion }: Vertex, places: readonly SourcePos[]): Conjunct[] {
  const all = [...conjuncts, ...[...(expansion?.seen?.values() ?? [])].flat()];
  const scalars = (expansion?.scalars ?? []).filter(({ target: { scalar } }) => scalar && places.includes(scalar.pos));
  return [
    ...all.filter(({ code }) => places.some((pos) => isWithin(pos, code))),
    ...scalars.map(({ conjunct }) => conjunct),
  ];
}

function isWithin({ file, offset }: SourcePos, code: Code): boolean {
  const end = "end" in code ? code.end : code.pos.offset + 1;
  return file === code.pos.file && offset >= code.pos.offset && offset < end;
}

/** How a conjunct came to be where it is. */
function waysOf({ code, trail, close }: Conjunct): SourcePos[] {
  const places = code.kind === "identifier" || code.kind === "selector" || code.kind === "index" ? [code.pos] : [];
  for (let step = trail; step !== undefined; step = step.next) places.push(step.code.pos);
  for (let node = close; node !== undefined; node = node.parent) if (node.pos !== undefined) places.push(node.pos);
  return places;
}

export function incompleteAt(
  vertex: Vertex,
  detail: string,
  pos: SourcePos,
  related: readonly SourcePos[] = [],
): Fault {
  return { kind: "incomplete", code: "incomplete-value", detail, pos, related, path: vertex.path };
}

/**
 * A value that is not concrete where data is asked for: `path` is the field, such as `["bundle", "instances", "flux"]`
 * (list indexes are numbers in text).
 */
export class IncompleteValueError extends SourceError {
  readonly path: readonly string[];

  constructor(detail: string, pos: SourcePos, related: readonly SourcePos[], path: readonly string[]) {
    super("incomplete-value", detail, pos, related);
    this.path = path;
  }
}

/** @param isAdvised Whether the message says what was meant, which takes long for very many faults */
export function toSourceError(fault: Fault, isAdvised = true): SourceError {
  const where = fault.path.length === 0 ? "" : `${formatPath(fault.path)}: `;
  const near = isAdvised ? fault.near?.() : undefined;
  const detail = where + fault.detail + (near === undefined ? "" : `; did you mean ${near}?`);
  if (fault.kind === "error" || fault.code !== "incomplete-value")
    return new SourceError(fault.code, detail, fault.pos, fault.related);
  const path = fault.path.map((step) => (typeof step === "number" ? String(step) : keyName(step)));
  return new IncompleteValueError(detail, fault.pos, fault.related, path);
}
