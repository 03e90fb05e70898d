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
  {
    name: "patterns that all match all fields",
    code: "limit-exceeded",
    text: `${"a: [string]: int\n".repeat(1500)}a: {${Array.from({ length: 1500 }, (_, i) => `k${i}: ${i}`).join(", ")}}`,
  },
  {
    name: "a text cut into characters",
    code: "limit-exceeded",
    text: 'import "strings"\na: strings.Split(strings.Repeat("x", 9000000), "")',
  },
  {
    name: "an address of 10^7 groups",
    code: "limit-exceeded",
    text: 'import ("net", "strings")\na: net.ParseIP(strings.Repeat("1:", 4000000))',
  },
  {
    name: "YAML of 10^6 items",
    code: "limit-exceeded",
    text: 'import ("encoding/yaml", "strings")\na: yaml.Unmarshal(strings.Repeat("- 1\\n", 1000000))',
  },
  {
    name: "10^6 documents of YAML",
    code: "limit-exceeded",
    text: 'import ("encoding/yaml", "strings")\na: yaml.UnmarshalStream(strings.Repeat("---\\n1\\n", 1000000))',
  },
  {
    name: "JSON of 10^6 items",
    code: "limit-exceeded",
    text: 'import ("encoding/json", "strings")\na: json.Unmarshal("[" + strings.Repeat("1,", 1000000) + "1]")',
  },
  {
    name: "CSV of 10^6 rows",
    code: "limit-exceeded",
    text: 'import ("encoding/csv", "strings")\na: csv.Decode(strings.Repeat("a,b\\n", 1000000))',
  },
  {
    name: "many states for a long text",
    code: "limit-exceeded",
    text: 'import "strings"\na: =~"(?:a|b)*a(?:a|b){900}[cd]"\na: strings.Repeat("ab", 1000000)',
  },
  {
    name: "5,000 regular expressions of many states",
    code: "limit-exceeded",
    text: Array.from({ length: 5000 }, (_, i) => `a${i}: =~"^[a-z]{1,${i % 900}}x${i}(b|c){0,100}$" & "x"`).join("\n"),
  },
  {
    name: "a path of 2,000 stars",
    code: "limit-exceeded",
    text: 'import ("path", "strings")\na: path.Match(strings.Repeat("a*", 2000), strings.Repeat("a", 20000), "unix")',
  },
  {
    name: "digits that are parsed one by one",
    code: "invalid-call",
    text: 'import ("strconv", "strings")\na: strconv.Atoi(strings.Repeat("9", 1000000))',
  },
  {
    name: "a product of long numbers in a loop",
    code: "limit-exceeded",
    text: `import "list"\na: ${"9".repeat(50_000)}\nb: [for i in list.Range(0, 50000, 1) {a * (a + i)}]`,
  },
  { name: "a number of 10^6 digits", code: "syntax", text: `a: ${"9".repeat(1_000_000)}` },
  {
    name: "5,000 names of nothing",
    code: "reference-not-found",
    text: Array.from({ length: 5000 }, (_, i) => `a${i}: unknown${i}`).join("\n"),
  },
  {
    name: "20,000 values of one field",
    code: "conflicting-values",
    text: Array.from({ length: 20_000 }, (_, i) => `a: ${i}`).join("\n"),
  },
  {
    name: "a function that calls itself twice in a text",
    code: "cycle",
    text: '#F: {n: int, if n == 0 {out: "x"}, if n > 0 {out: "\\((#F & {"n": n-1}).out)\\((#F & {"n": n-1}).out)"}}\na: (#F & {n: 30}).out',
  },
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
