/** Programs that would take all time or memory, were evaluation not bounded; each with the code of its error. */
export const hostile = [
  {
    name: "a billion laughs of text",
    code: "limit-exceeded",
    text: chain('a0: "lol"', 30, (a) => Array(10).fill(a).join(" + ")),
  },
  {
    name: "a billion laughs of structs",
    code: "limit-exceeded",
    text: chain("a0: {x: 1}", 30, (a) => `{l: ${a}, r: ${a}}`),
  },
  {
    name: "a billion laughs of lists",
    code: "limit-exceeded",
    text: chain("a0: [1, 2, 3]", 30, (a) => `[for x in ${a} for y in ${a} {x}]`),
  },
  {
    name: "a product of disjunctions",
    code: "limit-exceeded",
    text: `x: ${Array.from({ length: 25 }, (_, i) => `({x${i}: 1} | {y${i}: 2})`).join(" & ")}`,
  },
  { name: "20,000 braces", code: "syntax", text: `a: ${"{a: ".repeat(20_000)}1${"}".repeat(20_000)}` },
  { name: "100,000 parentheses", code: "syntax", text: `a: ${"(".repeat(100_000)}1${")".repeat(100_000)}` },
  {
    name: "a chain of 20,000 references",
    code: "limit-exceeded",
    text: `${Array.from({ length: 20_000 }, (_, i) => `a${i}: a${i + 1}`).join("\n")}\na20000: 1`,
  },
  {
    name: "a loop of 10^10 turns",
    code: "limit-exceeded",
    text: 'import "list"\nr: list.Range(0, 100000, 1)\na: [for i in r for j in r {i * j}]',
  },
  { name: "a list of 10^9 items", code: "limit-exceeded", text: 'import "list"\na: list.Repeat([1], 1000000000)' },
  {
    name: "a text of 10^12 characters",
    code: "limit-exceeded",
    text: 'import "strings"\na: strings.Repeat("x", 1000000000000)',
  },
  {
    name: "JSON of a billion laughs",
    code: "limit-exceeded",
    text: `import "encoding/json"\n${chain("a0: {x: 1}", 30, (a) => `{l: ${a}, r: ${a}}`)}\nz: json.Marshal(a30)`,
  },
  {
    name: "YAML aliases of a billion laughs",
    code: "limit-exceeded",
    text: `import "encoding/yaml"\nz: yaml.Unmarshal("a: &a [1]\\n${aliases(12)}")`,
  },
  {
    name: "a regular expression that backtracks",
    code: "conflicting-values",
    text: `a: =~"^(([a-z])+.)+[A-Z]([a-z])+$"\na: "${"a".repeat(20_000)}"`,
  },
  { name: "a regular expression of 10^6 states", code: "invalid-regexp", text: 'a: =~"(a{1,1000}){1,1000}"\na: "aaa"' },
  { name: "a definition that contains itself", code: "cycle", text: "#A: {n: int, next: #A}\na: #A & {n: 1}" },
  { name: "a power of 10^6 digits", code: "invalid-call", text: 'import "math"\na: math.Pow(7, 99999999)' },
];

/** @param {string} first @param {number} count @param {(before: string) => string} next */
function chain(first, count, next) {
  return [first, ...Array.from({ length: count }, (_, i) => `a${i + 1}: ${next(`a${i}`)}`)].join("\n");
}

/** @param {number} count */
function aliases(count) {
  const name = (/** @type {number} */ i) => String.fromCharCode(97 + i);
  return Array.from(
    { length: count },
    (_, i) =>
      `${name(i + 1)}: &${name(i + 1)} [${Array(9)
        .fill(`*${name(i)}`)
        .join(",")}]\\n`,
  ).join("");
}
