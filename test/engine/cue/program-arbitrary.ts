import fc, { type Arbitrary } from "fast-check";

/**
 * Small CUE programs that mean something often: expressions have the type that their place wants, and references go to
 * names that exist. Names tell types: `i`, `j` are integers, `s`, `t` strings, `b` a boolean, `l`, `m` lists, `p`, `q`
 * structs; in structs, `x`, `y` are integers, `z` a string, `w` a boolean, `u` a struct and `v` a list.
 */
export const program: Arbitrary<string> = fc.letrec<{ program: string } & Record<string, string>>((tie) => {
  const of = (template: TemplateStringsArray, ...parts: (string | Arbitrary<string>)[]): Arbitrary<string> =>
    fc
      .tuple(...parts.map((part) => (typeof part === "string" ? tie(part) : part)))
      .map((texts) => template.reduce((all, text, index) => `${all}${texts[index - 1] ?? ""}${text}`));
  const word = (...words: string[]): Arbitrary<string> => fc.constantFrom(...words);
  const list = (part: string, max: number, separator = ", "): Arbitrary<string> =>
    fc.array(tie(part), { maxLength: max }).map((parts) => parts.join(separator));
  const choose = (depthSize: number, ...options: (Arbitrary<string> | string)[]): Arbitrary<string> =>
    fc.oneof(
      { maxDepth: 4, depthSize, withCrossShrink: true },
      ...options.map((option) => (typeof option === "string" ? tie(option) : option)),
    );

  const structRef = word("p", "q", "p.u", "#P", "#Q", "_h", "u", "#P.u");
  const intText = word("0", "1", "2", "3", "-1", "10", "1.0", "2.5", "0x1F", "1Ki", "100000000000000000000");
  const field = of`${word("x", "y")}${word(": ", ": ", ": ", "?: ", "!: ")}${"intOrType"}`;
  return {
    intRef: word("i", "j", "x", "y", "p.x", "q.y", "#P.x", "_h.x", "l[0]", "u.x", "p.u.x", 'p["x"]'),
    intValue: choose(
      0.5,
      word("0", "1", "2", "3"),
      intText,
      "intRef",
      of`${"intValue"} ${word("+", "-", "*", "/")} ${"intValue"}`,
      of`(${"intValue"} ${word("div", "mod", "quo", "rem")} ${"intValue"})`,
      of`${word("div", "mod", "quo", "rem")}(${"intValue"}, ${"intValue"})`,
      of`len(${word("list", "struct", "text").chain((name) => tie(name))})`,
      of`(${"intValue"})`,
      of`-${"intRef"}`,
      of`${"list"}[${word("0", "1", "i")}]`,
      of`{${"intValue"}}`,
      of`{${"intValue"}, #n: ${"intValue"}}`,
    ),
    intOrType: choose(
      0.5,
      "intValue",
      word("int", "number", "_", "uint8", "float", "int & >0", ">0", ">=1", "<10", "<=3", "!=2", ">1 & <4"),
      of`*${"intValue"} | ${"intOrType"}`,
      of`${"intOrType"} | *${"intValue"}`,
      of`${"intValue"} | ${"intValue"}`,
      of`*${"intValue"} | *${"intValue"} | int`,
      of`(${"intOrType"}) & (${"intOrType"})`,
      of`(${"intOrType"}) | (${"intOrType"})`,
      of`${word(">", ">=", "<", "<=", "!=")}${"intRef"}`,
      of`or([${"intValue"}, ${"intOrType"}])`,
      of`and([${"intOrType"}, ${"intOrType"}])`,
    ),
    textValue: choose(
      0.5,
      word('"a"', '"b"', '"abc"', '""', '"x"'),
      word("s", "t", "z", "p.z", "#Q.z", "_h.z"),
      of`"${word("", "k-")}\\(${word("intValue", "textValue", "bool").chain((name) => tie(name))})"`,
      of`${"textValue"} + ${"textValue"}`,
      of`${word("1", "2", "i")} * ${"textValue"}`,
    ),
    text: choose(
      0.5,
      "textValue",
      word("string", '!="a"', '=~"^a"', '!~"^a"', "_", '>"a"', '<="b"'),
      of`*${"textValue"} | ${"text"}`,
      of`${"textValue"} | ${"textValue"}`,
      of`(${"text"}) & (${"text"})`,
      of`(${"text"}) | (${"intOrType"})`,
    ),
    bool: choose(
      0.5,
      word("true", "false", "b", "w", "p.w"),
      of`${"intValue"} ${word("==", "!=", "<", "<=", ">", ">=")} ${"intValue"}`,
      of`${"textValue"} ${word("==", "!=", "<", ">=")} ${"textValue"}`,
      of`${"textValue"} ${word("=~", "!~")} ${word('"^a"', '"b$"', '"."')}`,
      of`!(${"bool"})`,
      of`(${"bool"}) ${word("&&", "||")} (${"bool"})`,
      of`${word("intRef", "structRef").chain((name) => tie(name))} ${word("==", "!=")} _|_`,
      of`${word("list", "struct").chain((name) => tie(name))} ${word("==", "!=")} ${word("list", "struct").chain((name) => tie(name))}`,
    ),
    boolOrType: choose(0.5, "bool", word("bool", "*true | bool", "*false | true", "_")),
    clause: choose(
      0.5,
      of`if ${"bool"}`,
      of`for k, e in ${word("struct", "structRef").chain((name) => tie(name))}`,
      of`for e in ${"list"}`,
      of`for k, e in ${"list"} if ${word("k > 0", "e > 1", "k == 0")}`,
      of`for e in ${"list"} let n = ${"intValue"} + 1 if n > 1`,
    ),
    list: choose(
      0.5,
      of`[${list("intValue", 3)}]`,
      word("l", "m", "v", "p.v", "#P.v", "[]"),
      of`[${list("any", 2)}]`,
      of`[${"clause"} {${"intValue"}}]`,
      of`[for k, e in ${"struct"} {k}]`,
      of`[for e in ${"list"} {e}]`,
      of`[for e in ${"list"} {x: e}]`,
      of`[${"intValue"}, if ${"bool"} {${"intValue"}}]`,
      of`${"list"}[${word("0:1", "1:", ":2", ":", "i:")}]`,
    ),
    listOrType: choose(
      0.5,
      "list",
      of`[...${"intOrType"}]`,
      of`[${"intOrType"}, ...]`,
      of`[${"intOrType"}, ...${"intOrType"}]`,
      of`*${"list"} | [...]`,
      of`(${"listOrType"}) & (${"listOrType"})`,
    ),
    structRef,
    struct: choose(
      0.5,
      of`{${list("decl", 4)}}`,
      of`{${list("decl", 2)}}`,
      "structRef",
      of`${"structRef"} & {${list("decl", 2)}}`,
      of`(${"struct"}) & (${"struct"})`,
      of`close({${list("decl", 2)}})`,
      of`*${"structRef"} | {${list("decl", 2)}}`,
      of`({${list("decl", 2)}} | {${list("decl", 2)}})`,
      of`({${list("decl", 2)}} | *{${list("decl", 2)}}) & {${list("decl", 1)}}`,
    ),
    any: choose(0.5, "intOrType", "text", "boolOrType", "listOrType", "struct", word("null", "*null | {x: 1}", "_")),
    decl: choose(
      0.5,
      field,
      of`${word("x", "y")}: ${"intValue"}`,
      of`z${word(": ", ": ", "?: ")}${"text"}`,
      of`w: ${"boolOrType"}`,
      of`u${word(": ", ": ", "?: ")}${"struct"}`,
      of`u: ${field}`,
      of`v: ${"listOrType"}`,
      of`${"structRef"}`,
      of`${"clause"} {${list("decl", 2)}}`,
      of`if ${"bool"} {${list("decl", 2)}}`,
      of`[${word("string", '=~"^x"', '"x"', '"x" | "y"', '!="z"')}]: ${"any"}`,
      of`[N=string]: ${word("_", "{n: N}", "*N | int")}`,
      of`"\\(${"textValue"})": ${"intOrType"}`,
      of`(${"textValue"}): ${"any"}`,
      word("...", "..."),
      of`let n = ${"any"}, o: n`,
      of`let n = ${"intValue"}, x: n + 1`,
      of`A=${word("x", "y")}: ${"intOrType"}, "k\\(A)": A`,
      of`u: A={${list("decl", 1)}, y: A.x}`,
      of`#P: ${"struct"}`,
      of`_g: ${"intOrType"}, y: _g`,
      of`#D: {${list("decl", 2)}}, u: #D`,
      of`for k, e in ${"struct"} {"\\(k)_": e}`,
      of`for e in ${"list"} {"n\\(e)": e}`,
    ),
    top: choose(
      0.5,
      of`${word("i", "j", "x", "y")}: ${"intOrType"}`,
      of`${word("s", "t", "z")}: ${"text"}`,
      of`${word("b", "w")}: ${"boolOrType"}`,
      of`${word("l", "m", "v")}: ${"listOrType"}`,
      of`${word("p", "q", "u")}: ${"struct"}`,
      of`${word("p", "q", "u")}: ${"struct"}`,
      of`${word("#P", "#Q")}: ${"struct"}`,
      of`_h: ${"struct"}`,
      of`${word("p", "q")}: ${word("x", "y")}: ${"intOrType"}`,
      of`${"decl"}`,
    ),
    program: fc.array(tie("top"), { minLength: 1, maxLength: 5 }).map(withFallbacks),
  };
}).program;

const fallbacks: readonly (readonly [string, string])[] = [
  ["i", "1"],
  ["j", "2"],
  ["x", "3"],
  ["y", "4"],
  ["s", '"a"'],
  ["t", '"b"'],
  ["z", '"c"'],
  ["b", "true"],
  ["w", "false"],
  ["l", "[1, 2]"],
  ["m", "[]"],
  ["v", "[3]"],
  ["p", '{x: 1, y: 2, z: "p", w: true, u: {x: 5}, v: [7]}'],
  ["q", "{y: 6}"],
  ["u", "{x: 8}"],
  ["#P", "{x?: int, y: *9 | int, u?: {x: int}, v?: [...int], z?: string}"],
  ["#Q", '{z: *"q" | string, y?: int}'],
  ["_h", '{x: 4, z: "h"}'],
];

/** Adds what is referred to and not there. */
function withFallbacks(decls: readonly string[]): string {
  const text = decls.join("\n");
  const names = new Set(text.match(/[#_]?[A-Za-z]\w*/g));
  const missing = fallbacks.filter(([name]) => names.has(name) && !decls.some((decl) => decl.startsWith(`${name}:`)));
  return [...decls, ...missing.map(([name, value]) => `${name}: ${value}`)].join("\n");
}
