/** The basic kinds of values as bits, so that a set of kinds is a number. */
export const kinds = {
  null: 1,
  bool: 2,
  int: 4,
  float: 8,
  string: 16,
  bytes: 32,
  struct: 64,
  list: 128,
} as const;

export const numberKind = kinds.int | kinds.float;
export const anyKind = 255;

/** `int`, or `(int|string)` for several. */
export function kindName(set: number): string {
  if (set === anyKind) return "_";
  const names: string[] = [];
  for (const [name, bit] of Object.entries(kinds)) {
    if ((set & bit) === 0) continue;
    if (bit === kinds.float && (set & numberKind) === numberKind) names[names.length - 1] = "number";
    else names.push(name);
  }
  if (names.length === 0) return "_|_";
  return names.length === 1 ? (names[0] ?? "") : `(${names.join("|")})`;
}

/** An identifier that the language declares as a set of kinds, with bounds for the sized integers. */
export type BasicType = Readonly<{ kinds: number; min?: bigint; max?: bigint }>;

const sizes = [8, 16, 32, 64, 128] as const;
const { int } = kinds;
const maxFloat32 = (2n ** 24n - 1n) * 2n ** 104n;
const maxFloat64 = (2n ** 53n - 1n) * 2n ** 971n;

export const basicTypes: ReadonlyMap<string, BasicType> = new Map<string, BasicType>([
  ["_", { kinds: anyKind }],
  ["bool", { kinds: kinds.bool }],
  ["int", { kinds: int }],
  ["float", { kinds: kinds.float }],
  ["number", { kinds: numberKind }],
  ["string", { kinds: kinds.string }],
  ["bytes", { kinds: kinds.bytes }],
  ["uint", { kinds: int, min: 0n }],
  ["rune", { kinds: int, min: 0n, max: 0x10ffffn }],
  ["float32", { kinds: numberKind, min: -maxFloat32, max: maxFloat32 }],
  ["float64", { kinds: numberKind, min: -maxFloat64, max: maxFloat64 }],
  ...sizes.map((n) => [`int${n}`, { kinds: int, min: -(2n ** BigInt(n - 1)), max: 2n ** BigInt(n - 1) - 1n }] as const),
  ...sizes.map((n) => [`uint${n}`, { kinds: int, min: 0n, max: 2n ** BigInt(n) - 1n }] as const),
]);
