import fc, { type Arbitrary } from "fast-check";
import { kinds } from "../../../src/engine/cue/kind.js";
import type { Package } from "../../../src/engine/cue/packages/package.js";

/**
 * Programs of one call to a function of the standard packages, as a function or as a constraint, with arguments at the
 * edges of what it takes: mostly of the kinds that it declares, and texts of its package; sometimes others, too many or too few.
 *
 * @param packages The packages by their import paths
 */
export function call(packages: ReadonlyMap<string, Package>): Arbitrary<string> {
  const calls = [...packages].flatMap(([path, { functions }]) =>
    Object.entries(functions ?? {}).map(([name, { params, isValidator }]) => ({ path, name, params, isValidator })),
  );
  return fc.constantFrom(...calls).chain(({ path, name, params, isValidator }) => {
    const called = `${path.split("/").at(-1)}.${name}`;
    const args = fc.tuple(...params.map((kind) => argument(kind, path)));
    return fc
      .tuple(fc.nat(19), args, argument(kinds.string, path))
      .map(
        ([form, texts, other]) => `import "${path}"\nx: ${callOf(called, form, texts, other, isValidator)}\n${names}`,
      );
  });
}

/** What arguments may refer to. */
const names = '#T: {i: int, s: string, o?: 1}\nd: *2 | int\ne: *"a" | string';

function callOf(called: string, form: number, args: readonly string[], other: string, isValidator: boolean): string {
  const [first = "_", ...rest] = args;
  if (isValidator && form < 6)
    return `${first} & ${called}${rest.length > 0 || form < 2 ? `(${rest.join(", ")})` : ""}`;
  if (form === 17) return `${called}(${rest.join(", ")})`;
  if (form === 18) return `${called}(${[...args, other].join(", ")})`;
  return `${called}(${args.join(", ")})`;
}

function argument(kind: number, path: string): Arbitrary<string> {
  const own = ownTexts.get(path) ?? [];
  const fitting = byKind.flatMap(([each, texts]) => ((kind & each) === 0 ? [] : [fc.constantFrom(...texts)]));
  const ownText = fc.constantFrom(...(own.length === 0 ? plainTexts : own)).map((text) => JSON.stringify(text));
  return fc.oneof(
    { arbitrary: fc.oneof(...fitting), weight: 12 },
    { arbitrary: (kind & kinds.string) === 0 ? fc.oneof(...fitting) : ownText, weight: 12 },
    { arbitrary: fc.constantFrom(...unknown), weight: 1 },
    { arbitrary: fc.oneof(...byKind.map(([, texts]) => fc.constantFrom(...texts))), weight: 1 },
  );
}

const plainTexts = [
  ...["", "a", "ab", "abc", "Hello World", "hello, wORLD", "äöü", "e\u0301", "a😀b", "ß ŉ ǆ", "İ Σς", "\0", "a,b,,c"],
  ...[
    " \t\n x ",
    "\u00a0a\u2028",
    "\ufeff",
    "true",
    "12",
    "-7",
    "0x1F",
    "1_000",
    "1.5",
    "1e3",
    "a\nb\n",
    '"q"',
    "'",
    "\\",
  ],
];

/** Texts that functions of a package take apart. */
const ownTexts: ReadonlyMap<string, readonly string[]> = new Map([
  ["strings", plainTexts],
  [
    "strconv",
    [...plainTexts, '"a\\n"', "'b'", "`c`", '"""\n x\n """', "+5", "1e400", "Inf", "zz", "9223372036854775808"],
  ],
  [
    "regexp",
    [
      "a",
      "(a)(b)?",
      "(?P<n>a+)|(?<m>b)",
      "[",
      "\\d+",
      "^",
      "$",
      "\\b",
      "(?i)ABC",
      "\\pL",
      "x*",
      "a😀b",
      "$1-$m",
      "\\Q.\\E",
    ],
  ],
  [
    "net",
    ["1.2.3.4", "::1", "::ffff:1.2.3.4", "fe80::1%eth0", "10.0.0.0/8", "2001:db8::/32", "01.2.3.4", "255.255.255.255"],
  ],
  [
    "time",
    [
      "2006-01-02T15:04:05Z",
      "2024-02-29T23:59:60+01:00",
      "1h30m",
      "-1.5s",
      "2µs",
      "Jan _2 15:04",
      "Mon, 02 Jan 2006 15:04:05 MST",
    ],
  ],
  [
    "path",
    [
      "/a/b/../c.txt",
      "a//b/",
      "..",
      "C:\\a\\b",
      "\\\\host\\share\\x",
      "c:/d",
      "*.txt",
      "[a-z]?",
      "windows",
      "plan9",
      "unix",
    ],
  ],
  [
    "uuid",
    [
      "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
      "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
      "urn:uuid:x",
      "6ba7b8109dad11d180b400c04fd430c8",
    ],
  ],
  ["encoding/json", ['{"a": [1, 2.50, "x"]}', "[1e400]", '{"a":1,"a":2}', "1 2", "nul", '"\\ud800"', " 1.0 "]],
  ["encoding/yaml", ["a: 1\nb: [x, 0o7]", "- 1\n- ~", "a: &x 1\nb: *x", "1\n---\n2", "a: b: c", "yes", ": ", "{}"]],
  ["encoding/base64", ["aGVsbG8=", "aGVsbG8", "a b=", "____", "++//", "=="]],
  ["encoding/hex", ["00ff", "0", "zz", "FFfe", "6865 6c"]],
  ["encoding/csv", ['a,b\n"c ""d""",e\n', "a;b", 'a"b', "# c\n1,2", "1,2\n3"]],
]);

const listTexts = [
  ...[
    "[]",
    "[1, 2, 3]",
    "[3, 1, 2]",
    '["b", "a", "b"]',
    '[1, "a"]',
    "[[1], [2, [3]]]",
    "[{a: 1}, {a: 2}]",
    "[1.0, 1, 1.5]",
  ],
  ...[
    "[1, ...]",
    "[...int]",
    "[int, 1]",
    "[null]",
    "[true, true]",
    '["a", ""]',
    "[192, 168, 0, 1]",
    '[["a", "b"], ["c"]]',
  ],
];

const byKind: readonly (readonly [number, readonly string[]])[] = [
  [kinds.string, plainTexts.map((text) => JSON.stringify(text))],
  [kinds.bytes, ["''", "'abc'", "'ä😀'", "'\\xff\\xfe'", "'\\xc3('", "'a\\xf0\\x9f\\x98'", "'\\x00'"]],
  [
    kinds.int,
    [
      ...[
        "0",
        "1",
        "-1",
        "2",
        "3",
        "5",
        "10",
        "16",
        "36",
        "62",
        "63",
        "64",
        "97",
        "255",
        "256",
        "-100",
        "55296",
        "128512",
      ],
      ...["9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775809"],
      "123456789012345678901234567890123456789012345678901234567890",
    ],
  ],
  [
    kinds.float,
    [
      ...[
        "0.0",
        "-0.0",
        "1.0",
        "-1.0",
        "0.5",
        "1.5",
        "2.5",
        "-2.5",
        "0.1",
        "3.7",
        "-3.2",
        "1E-7",
        "1E+10",
        "1.50",
        "100.0",
        "1E-400",
      ],
      ...["1e400", "1.7976931348623157E+308", "5E-324", "1234567890.12345678901234567890123456789012"],
    ],
  ],
  [kinds.bool, ["true", "false"]],
  [kinds.null, ["null"]],
  [kinds.list, listTexts],
  [
    kinds.struct,
    [
      "{}",
      "{a: 1}",
      '{a: "x", b: [1], c: null}',
      "{a?: 1}",
      "{a!: 1}",
      "{a: int}",
      "{a: {b: 1}, ...}",
      "close({a: 1})",
    ],
  ],
];

/** What is no value yet, or may be another one. */
const unknown = [
  "#T.i",
  "#T.s",
  "d",
  "e",
  "_",
  "string",
  ">1",
  '"a" | "b"',
  "*1 | 2",
  "#T.o",
  "#T.b",
  "_|_",
  'error("no")',
  "int & 5",
  "x",
];
