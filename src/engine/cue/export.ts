import { comparePos, type SourcePos } from "../diagnostics/index.js";
import type { Located, LocatedField } from "../json/index.js";
import { formatDecimal, toNumber } from "./decimal.js";
import type { Evaluator } from "./evaluator.js";
import { type Fault, incompleteAt } from "./fault.js";
import { fieldOrder } from "./field-order.js";
import { anyKind, kindName, kinds } from "./kind.js";
import { isRegularKey, keyName } from "./label.js";
import { type Scalar, showScalar } from "./scalar.js";
import { showBound } from "./unify.js";
import { isComposite, placeOf, presences, type Vertex } from "./vertex.js";
import { view } from "./view.js";

/** Reads data out of vertices, and collects what is wrong with them. */
export class Exporter {
  readonly faults = new Set<Fault>();
  readonly #evaluator: Evaluator;
  readonly #checked = new Set<Vertex>();

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  /** The data of a vertex, which has to be concrete; undefined, with faults noted, where it is not. */
  data(vertex: Vertex): Located | undefined {
    const value = view(this.#evaluator, vertex);
    if (this.#noteFaults(value, true)) return undefined;
    const { scalar } = value;
    if (scalar !== undefined) {
      this.#checkFields(value);
      return located(scalar);
    }
    if (isComposite(value)) return value.kinds === kinds.list ? this.#list(value) : this.#struct(value, vertex);
    this.faults.add(incomplete(value, vertex));
    return undefined;
  }

  /** Notes what is wrong at the level of a vertex that is passed on the way to the data. */
  checkOwn(value: Vertex): void {
    this.#noteFaults(value, false);
  }

  /** Notes errors in a vertex and below it, where nothing has to be concrete. */
  check(vertex: Vertex): void {
    if (this.#checked.has(vertex)) return;
    this.#checked.add(vertex);
    const value = view(this.#evaluator, vertex);
    if (this.#noteFaults(value, false)) return;
    this.#evaluator.budget.nested(placeOf(vertex), () => {
      for (const arc of value.arcs?.values() ?? []) if (arc.presence !== presences.optional) this.check(arc);
      for (const item of value.items ?? []) this.check(item);
    });
  }

  #list(value: Vertex): Located | undefined {
    this.#checkFields(value);
    const items = (value.items ?? []).map((item) => this.#below(item));
    const known = items.filter((item) => item !== undefined);
    if (known.length < items.length) return undefined;
    return { kind: "list", items: known, pos: placeOf(value) };
  }

  #struct(value: Vertex, vertex: Vertex): Located | undefined {
    const fields = new Map<string, LocatedField>();
    let isWhole = true;
    for (const key of fieldOrder(this.#evaluator, value)) {
      const arc = value.arcs?.get(key);
      if (arc === undefined) continue;
      if (!isRegularKey(key)) {
        if (arc.presence === presences.regular) this.check(arc);
      } else if (arc.presence === presences.regular) {
        const data = this.#below(arc);
        if (data === undefined) isWhole = false;
        else fields.set(keyName(key), { keyPos: arc.keyPos ?? data.pos, value: data });
      } else if (arc.presence === presences.required) {
        const pos = arc.keyPos ?? placeOf(value);
        const known = view(this.#evaluator, arc);
        const detail = `field is required but not present${known.kinds === anyKind ? "" : `: expected ${describe(known)}`}`;
        this.faults.add(incompleteAt(arc, detail, pos, referencesOf(vertex)));
        isWhole = false;
      }
    }
    return isWhole ? { kind: "struct", fields, pos: placeOf(value) } : undefined;
  }

  #below(vertex: Vertex): Located | undefined {
    return this.#evaluator.budget.nested(placeOf(vertex), () => this.data(vertex));
  }

  /** Hidden fields and definitions next to an embedded scalar. */
  #checkFields(value: Vertex): void {
    if (value.arcs === undefined) return;
    for (const arc of value.arcs.values()) if (arc.presence === presences.regular) this.check(arc);
  }

  /** Notes the faults of one vertex; true where it has no value. */
  #noteFaults(value: Vertex, isConcrete: boolean): boolean {
    if (value.faults === undefined && value.waiting === undefined) return false;
    const errors = value.faults?.filter(({ kind }) => kind === "error") ?? [];
    for (const fault of errors) this.faults.add(fault);
    // That it has a field which it must not have says nothing of its other fields.
    if (errors.some(({ path }) => path.length === value.path.length)) return true;
    if (!isConcrete) return false;
    const waiting = value.waiting ?? [];
    for (const fault of waiting) this.faults.add(fault);
    return waiting.length > 0;
  }
}

function incomplete(value: Vertex, vertex: Vertex): Fault {
  const pos = placeOf(value);
  const [conjunct] = vertex.conjuncts;
  const places = conjunct === undefined || conjunct.code.pos === pos ? [pos] : [pos, conjunct.code.pos];
  if (vertex.targets !== undefined && conjunct?.code.kind !== "value") places.sort(comparePos);
  const [first = pos, ...related] = places;
  return incompleteAt(vertex, `incomplete value ${describe(value)}`, first, related);
}

/** The places of the references that say what a value is. */
function referencesOf({ conjuncts }: Vertex): SourcePos[] {
  return conjuncts
    .filter(({ code }) => code.kind === "identifier" || code.kind === "selector")
    .map(({ code }) => code.pos);
}

/** What is known of a value that is not concrete. */
function describe(value: Vertex): string {
  if (value.alternatives !== undefined) return value.alternatives.map(({ vertex }) => describe(vertex)).join(" | ");
  if (value.chosen !== undefined) return describe(value.chosen);
  if (value.scalar !== undefined) return showScalar(value.scalar);
  if (isComposite(value)) return value.kinds === kinds.list ? "[…]" : "{…}";
  const bounds = (value.bounds ?? []).filter(({ type }) => type === undefined).map(showBound);
  bounds.push(...(value.validators ?? []).map(({ shown }) => shown));
  const types = (value.bounds ?? []).flatMap(({ type }) => type ?? []);
  const kind = types[0] ?? kindName(value.kinds);
  if (bounds.length === 0) return kind;
  return [...bounds, ...(value.notes?.some(({ what }) => what === kind) ? [kind] : [])].join(" & ");
}

function located(scalar: Scalar): Located {
  const { pos, secret } = scalar;
  switch (scalar.type) {
    case "null":
      return { kind: "scalar", value: null, pos, secret };
    case "number":
      return { kind: "scalar", value: toNumber(scalar.value), text: formatDecimal(scalar.value), pos, secret };
    case "bytes":
      return { kind: "scalar", value: Buffer.from(scalar.value).toString("base64"), isBytes: true, pos, secret };
    default:
      return { kind: "scalar", value: scalar.value, pos, secret };
  }
}
