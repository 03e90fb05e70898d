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
  {
    name: "numbers that or() and and() are given in thousands",
    code: "limit-exceeded",
    text: 'import "list"\na: or(list.Range(0, 3000, 1)) & or(list.Range(2999, 6000, 1))',
  },
  {
    name: "900 bounds for 900^2 numbers",
    code: "limit-exceeded",
    text: `a: ${times(900, (i) => `!=${i}`, " & ")}\nb: [for i in c for j in c {a & i}]\nc: [${times(900, String, ", ")}]`,
  },
  { name: "an exponent of 10^9", code: "syntax", text: "a: 1e999999999" },
  { name: "an exponent of 10^5, three times", code: "type-mismatch", text: "a: 1e99999 * 1e99999 * 1e99999" },
  { name: "squares of squares", code: "type-mismatch", text: chain("a0: 2", 40, (a) => `${a} * ${a}`) },
  {
    name: "a product of 50,000 numbers",
    code: "invalid-call",
    text: 'import "list"\na: list.Product(list.Range(1, 50000, 1))',
  },
  {
    name: "quotients of long numbers",
    code: "limit-exceeded",
    text: `import "math"\na: math.Pow(7, 90000)\nb: math.Pow(3, 90000)\nc: [for i in [${times(500, String, ", ")}] {a div (b + i)}]`,
  },
  {
    name: "a text that is doubled by interpolation",
    code: "limit-exceeded",
    text: chain('a0: "x"', 40, (a) => `"\\(${a})\\(${a})"`),
  },
  {
    name: "a text that is doubled by lets",
    code: "limit-exceeded",
    text: `x: {${times(40, (i) => `let a${i} = ${i === 0 ? '"ab"' : `a${i - 1} + a${i - 1}`}`, ", ")}, v: a39}`,
  },
  { name: "interpolations in interpolations", code: "syntax", text: `a: ${'"\\('.repeat(3000)}1${')"'.repeat(3000)}` },
  {
    name: "a text that is doubled by replacing",
    code: "limit-exceeded",
    text: `import "strings"\n${chain('a0: "aa"', 30, (a) => `strings.Replace(${a}, "a", "aa", -1)`)}`,
  },
  {
    name: "quotes in quotes",
    code: "limit-exceeded",
    text: `import "encoding/json"\n${chain('a0: "\\""', 40, (a) => `json.Marshal(${a})`)}`,
  },
  {
    name: "base64 of base64",
    code: "limit-exceeded",
    text: `import "encoding/base64"\n${chain('a0: "x"', 60, (a) => `base64.Encode(null, ${a})`)}`,
  },
  {
    name: "a hash of a long text in a loop",
    code: "limit-exceeded",
    text: `import "crypto/sha512"\nimport "strings"\na: strings.Repeat("x", 5000000)\nb: [for i in [${times(500, String, ", ")}] {sha512.Sum512(a)}]`,
  },
  {
    name: "10^10 pairs of a text's parts",
    code: "limit-exceeded",
    text: 'import "strings"\na: strings.Split(strings.Repeat("a,", 100000), ",")\nb: [for x in a for y in a {x + y}]',
  },
  { name: "a range up to 10^300", code: "limit-exceeded", text: 'import "list"\na: list.Range(0, 1e300, 1)' },
  { name: "a range in steps of 10^-30", code: "limit-exceeded", text: 'import "list"\na: list.Range(0, 1, 1e-30)' },
  {
    name: "a list that is doubled",
    code: "limit-exceeded",
    text: `import "list"\n${chain("a0: [1, 2]", 40, (a) => `list.Concat([${a}, ${a}])`)}`,
  },
  {
    name: "an order that contradicts itself, for 20,000 items",
    code: "limit-exceeded",
    text: 'import "list"\na: list.Sort([for i in list.Range(0, 20000, 1) {n: i}], {x: {}, y: {}, less: (x.n * 7919 mod 20011) < (y.n * 7919 mod 20011)})',
  },
  {
    name: "20,000 items that have to differ",
    code: "limit-exceeded",
    text: 'import "list"\na: list.UniqueItems & [for i in list.Range(0, 20000, 1) {{n: i, b: c: [i]}}]',
  },
  {
    name: "JSON of 200,000 brackets",
    code: "invalid-call",
    text: 'import "encoding/json"\nimport "strings"\na: json.Unmarshal(strings.Repeat("[", 200000) + strings.Repeat("]", 200000))',
  },
  {
    name: "30,000 merge keys of YAML",
    code: "limit-exceeded",
    text: `import "encoding/yaml"\na: yaml.Unmarshal("a: &a {${times(100, (i) => `k${i}: 1`, ", ")}}\\n${times(300, (i) => `b${i}: {<<: [${times(100, () => "*a", ", ")}]}`, "\\n")}")`,
  },
  {
    name: "matchN of matchN, 300 times",
    code: "syntax",
    text: `a: ${"matchN(1, [".repeat(300)}int${"])".repeat(300)} & 1`,
  },
  {
    name: "a pattern of many states for 300 fields",
    code: "limit-exceeded",
    text: `a: [=~"(a|b|ab)*(c|a){1,500}$"]: 1\na: {${times(300, (i) => `"${"ab".repeat(60)}${i}": _`, ", ")}}`,
  },
  { name: "900 stars in parentheses", code: "invalid-regexp", text: `a: =~"${"(".repeat(900)}a${"*)".repeat(900)}"` },
  {
    name: "a text cut at each of its characters",
    code: "limit-exceeded",
    text: `import "strings"\na: strings.Repeat("é", 1000000)\nb: [for i in [${times(200, String, ", ")}] {strings.SliceRunes(a, i, 1000000)}]`,
  },
  {
    name: "a time of 10^6 digits",
    code: "invalid-call",
    text: `import "time"\na: time.Format("2006", "${"2006".repeat(250_000)}")`,
  },
  {
    name: "a loop over the struct that it is in",
    code: "cycle",
    text: 'a: {b: 1, for k, v in a {"\\(k)x": v}}',
  },
  {
    name: "200 conditions that wait for each other",
    code: "cycle",
    text: times(200, (i) => `c${i}: {if c${(i + 1) % 200}.v == _|_ {v: 1}}`, "\n"),
  },
  {
    name: "2,000 misspelled fields of 2,000",
    code: "field-not-allowed",
    text: `#A: {${times(2000, (i) => `${"x".repeat(40)}${i}?: 1`, ", ")}}\na: #A & {${times(2000, (i) => `${"x".repeat(39)}y${i}: 1`, ", ")}}`,
  },
  {
    name: "3,000 misspelled references",
    code: "reference-not-found",
    text: `a: {${times(3000, (i) => `${"x".repeat(40)}${i}: 1`, ", ")}}\n${times(3000, (i) => `b${i}: a.${"x".repeat(39)}y${i}`, "\n")}`,
  },
  { name: "a line of 9 MB", code: "limit-exceeded", text: `a: "${"x".repeat(9_000_000)}" & 1` },
  { name: "a file of 10 MB", code: "limit-exceeded", text: times(500_000, (i) => `k${i}: {a: ${i}}`, "\n") },
];

/** @param {number} count @param {(index: number) => string} part @param {string} between */
function times(count, part, between) {
  return Array.from({ length: count }, (_, i) => part(i)).join(between);
}

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
