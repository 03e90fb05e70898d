import fc, { type Arbitrary } from "fast-check";

/**
 * Small CUE programs in the shape of bundles: definitions with defaults, maps with patterns, and what is made of them by
 * loops, conditions and interpolations. Everywhere, fields have the same types: `name` and `tier` are strings, `size` and
 * `weight` numbers, `on` a boolean, `ports` a list of integers, `env` a map of strings and `meta` a struct with `owner` and `id`.
 */
export const bundle: Arbitrary<string> = fc.letrec<{ bundle: string } & Record<string, string>>((tie) => {
  const of = (template: TemplateStringsArray, ...parts: (string | Arbitrary<string>)[]): Arbitrary<string> =>
    fc
      .tuple(...parts.map((part) => (typeof part === "string" ? tie(part) : part)))
      .map((texts) => template.reduce((all, text, index) => `${all}${texts[index - 1] ?? ""}${text}`));
  const word = (...words: string[]): Arbitrary<string> => fc.constantFrom(...words);
  const choose = (...options: (Arbitrary<string> | string)[]): Arbitrary<string> =>
    fc.oneof(
      { maxDepth: 3, depthSize: 0.6, withCrossShrink: true },
      ...options.map((option) => (typeof option === "string" ? tie(option) : option)),
    );
  const some = (part: string, minLength: number, maxLength: number, separator: string): Arbitrary<string> =>
    fc.array(tie(part), { minLength, maxLength }).map((parts) => parts.join(separator));
  const mark = word(": ", ": ", ": ", ": ", "?: ", "!: ");

  return {
    // References: in a team, to other fields of it; in loops, `t` is a team and `n` its name.
    team: word("teams.ops", 'teams["dev-1"]', "teams.web", "#Team", "#Small", "_base", "defaults", "T"),
    string: choose(
      word('"a"', '"web"', '"dev-1"', '"é\\u00e9"', '"tab\\t\\"q\\""', '#"raw \\(x)"#', '""'),
      word('"""\n\ttwo\n\tlines\n\t"""', "'bytes'", "'\\x00\\xff'"),
      word("name", "tier", "meta.owner", "region", "n"),
      of`${"team"}.${word("name", "tier", "meta.owner", "env.LEVEL")}`,
      of`"\\(${word("name", "size", "weight", "on", "region", "n")})-${word("x", "")}"`,
      of`"\\(${"number"}) of \\(${"string"})"`,
      of`strings.${word("ToUpper", "TrimSpace")}(${"string"})`,
      of`strings.Join([for k, v in ${"map"} {"\\(k)=\\(v)"}], ",")`,
    ),
    stringType: choose(
      "string",
      word("string", '=~"^[a-z]"', '!="web"', 'string & !=""', '"gold" | "silver"', '*"gold" | "silver"'),
      of`*(${"string"}) | string`,
      of`string | *(${"string"})`,
      word("strings.MinRunes(1)", "strings.MaxRunes(4)", "string | null", "*null | string"),
    ),
    number: choose(
      word("0", "1", "2", "3", "10", "1.0", "2.50", "1e3", "5Mi", "0x1F", "1_000", "-1", "12345678901234567890"),
      word("size", "weight", "meta.id", "count"),
      of`${"team"}.${word("size", "weight", "meta.id", "ports[0]")}`,
      of`${"number"} ${word("+", "-", "*", "/")} ${"number"}`,
      of`(${"number"} ${word("div", "mod")} ${word("2", "3")})`,
      of`len(${word("string", "list", "map").chain((name) => tie(name))})`,
    ),
    numberType: choose(
      "number",
      word(
        "int",
        "number",
        "float",
        ">0",
        "int & >=1",
        ">=0 & <=10",
        "uint8",
        "uint16 & !=1",
        "1 | 2 | 3",
        "*1 | 2 | 3",
      ),
      of`*(${"number"}) | int`,
      of`int | *(${"number"})`,
      of`*(${"number"}) | >${"number"}`,
    ),
    bool: choose(
      word("true", "false", "on", "production"),
      of`${"number"} ${word("==", "!=", "<", ">=")} ${"number"}`,
      of`${"string"} ${word("==", "!=", "=~")} ${word('"web"', '"^d"')}`,
      of`${"team"}.${word("tier", "size", "env.LEVEL", "meta", "extra", "on")} ${word("==", "!=")} _|_`,
      of`${word("tier", "env", "meta.id", "region", "size")} ${word("==", "!=")} _|_`,
      of`(${"team"} & {${"field"}}) ${word("==", "!=")} _|_`,
      of`!(${"bool"})`,
      of`(${"bool"}) ${word("&&", "||")} (${"bool"})`,
    ),
    boolType: choose("bool", word("bool", "*true | bool", "bool | *false")),
    list: choose(
      word("[80]", "[80, 443]", "[]", "ports", "[1, 2, 3]"),
      of`${"team"}.ports`,
      of`[${some("number", 0, 3, ", ")}]`,
      of`[for p in ${"list"} if p > 1 {p + 1}]`,
      of`[for n, t in teams ${word("", "if t.on ", "if t.size > 1 ", "let s = t.size if s > 1 ")}{t.size}]`,
      of`[${"number"}, if ${"bool"} {${"number"}}]`,
      of`${word("list.FlattenN([[3], 1], 1)", "list.Concat([ports, [1]])", "list.Sort([2, 1], list.Ascending)")}`,
    ),
    listType: choose(
      "list",
      word(
        "[...int]",
        "[int, ...]",
        "[...>0]",
        "[...]",
        "[80, ...int]",
        "*[80] | [...int]",
        "[...int] & list.UniqueItems()",
      ),
    ),
    map: choose(
      word('{LEVEL: "info"}', '{LEVEL: "debug", "quoted-key": "x"}', "env", "{}"),
      of`${"team"}.env`,
      of`{${word("LEVEL", '"a.b"', "A")}: ${"string"}}`,
      of`{"\\(${"string"})": ${"string"}}`,
      of`{(${"string"}): ${"string"}}`,
      of`{for k, v in ${"map"} {"\\(k)_X": v}}`,
      of`{for n, t in teams {(n): t.tier}}`,
      of`${"map"} & {${word("LEVEL", "B")}: ${"stringType"}}`,
    ),
    mapType: choose(
      "map",
      word(
        "[string]: string",
        "{[string]: string}",
        '{[=~"^[A-Z]+$"]: string}',
        '{LEVEL: *"info" | "debug", ...}',
        "{...}",
      ),
      of`{LEVEL: ${"stringType"}, [string]: ${word("string", '!=""')}}`,
    ).map((text) => (text.startsWith("[string]") ? `{${text}}` : text)),
    meta: choose(
      word('{owner: "x", id: 1}', '{owner: "x"}', "{id: 2}"),
      of`{owner: ${"string"}, id: ${"number"}}`,
      of`${"team"}.meta`,
      of`close({owner: ${"stringType"}, id?: int})`,
      of`#Meta & {owner: ${"string"}}`,
      of`{#Meta, id: ${"number"}}`,
    ),
    metaType: choose(
      "meta",
      word("#Meta", "{owner: string, id?: int}", "#Meta | {none: true}", "*#Meta | {none: true}"),
    ),
    field: choose(
      of`name${mark}${"stringType"}`,
      of`tier${mark}${"stringType"}`,
      of`size${mark}${"numberType"}`,
      of`weight${mark}${"numberType"}`,
      of`on${mark}${"boolType"}`,
      of`ports${mark}${"listType"}`,
      of`env${mark}${"mapType"}`,
      of`env: ${word("LEVEL", '"a.b"')}${mark}${"stringType"}`,
      of`meta${mark}${"metaType"}`,
      of`meta: ${word("owner", "id")}: ${word('"x"', "1", "string", "int", "_")}`,
    ),
    given: choose(
      of`name: ${"string"}`,
      of`tier: ${word('"gold"', '"silver"', '*"gold" | "silver"')}`,
      of`size: ${"number"}`,
      of`size: *(${"number"}) | int`,
      of`weight: ${"number"}`,
      of`on: ${"bool"}`,
      of`ports: ${"list"}`,
      of`env: ${"map"}`,
      of`env: ${word("LEVEL", '"a.b"')}: ${"string"}`,
      of`meta: ${"meta"}`,
      of`meta: ${word('owner: "x"', "id: 1")}`,
      "field",
    ),
    decl: choose(
      "given",
      "given",
      "given",
      "field",
      of`if ${"bool"} {${some("field", 1, 2, ", ")}}`,
      of`if ${"bool"} {extra: ${"number"}}`,
      of`let L = ${word("_base", "defaults", "#Small", '{size: 2, name: "t"}')}, size: L.size`,
      of`_hidden: ${"number"}, size: _hidden`,
      of`#Inner: {${"field"}}, ${word("#Inner", "meta: #Inner", "inner: #Inner")}`,
      of`[=~"^x-"]: ${word("string", "int", "_")}, "x-y": ${word('"1"', "1")}`,
      of`S=size: ${"numberType"}, weight: S`,
      of`("k-" + ${"string"}): ${"number"}`,
      of`"\\(${"string"})": ${"numberType"}`,
      word("#Small", "_base", "..."),
      of`${word("#Small", "_base", "#Kind")} & {${"field"}}`,
      of`{kind: "a", size: ${"number"}} | {kind: "b", tier: ${"string"}}`,
      of`matchN(${word("1", ">0")}, [{size: int}, {${"field"}}])`,
    ),
    body: choose(some("decl", 1, 4, ", "), some("given", 1, 3, ", ")),
    entry: choose(
      of`{${"body"}}`,
      of`{${some("given", 1, 3, ", ")}}`,
      of`#Team & {${"body"}}`,
      of`{#Team, ${some("given", 0, 2, ", ")}}`,
      of`_base & {${"body"}}`,
      of`#Small & {kind: ${word('"a"', '"b"')}, ${"given"}}`,
      of`#Kind & {kind: ${word('"a"', '"b"', "string")}}`,
      of`close({${some("given", 1, 3, ", ")}})`,
      word("#Team", "_base", "#Kind", "defaults"),
      of`*#Team | {${"given"}}`,
      of`{#Kind, kind: "a"}`,
    ),
    top: choose(
      of`#Team: {${"body"}}`,
      of`#Small: {${"body"}}`,
      of`#Small: #Team & {${"body"}}`,
      of`#Small: {#Team, ${"body"}}`,
      of`#Kind: {kind: "a", ${"field"}} | *{kind: "b", ${"given"}}`,
      of`#Kind: {kind: ${word('"a" | "b"', "string")}, if kind == "a" {${"given"}}, if kind != "a" {${"given"}}}`,
      of`_base: {${"body"}}`,
      of`defaults: {${some("given", 1, 3, ", ")}}`,
      of`teams: ${word("ops", '"dev-1"', "web")}: ${"entry"}`,
      of`teams: ${word("ops", '"dev-1"', "web")}: ${"entry"}`,
      of`teams: ${word("ops", '"dev-1"', "web")}: ${"given"}`,
      of`teams: [${word("string", "N=string", '=~"^d"', '!="web"')}]: ${word("#Team", "_base", "{name: string, ...}", "{size: *1 | int, ...}", "#Small | #Kind", "{on: true}")}`,
      of`teams: [N=string]: {name: ${word("N", '"\\(N)-team"', "*N | string")}${word("", ", #Team", ", ...")}}`,
      of`instances: {for n, t in teams ${word("", "if t.on ", "if t.size > 1 ", 'if n != "web" ', "if t.env != _|_ ")}{${word('"\\(n)"', "(n)", '"\\(n)-\\(t.name)"', 'web: "\\(n)"')}: {${"body"}}}}`,
      of`instances: {for n, t in teams {"\\(n)": #Team & {size: t.size, ${"given"}}}}`,
      of`instances: [for n, t in teams {${some("given", 1, 3, ", ")}}]`,
      of`instances: ${word("a", '"x-y"')}: ${"entry"}`,
      of`for n, t in teams ${word("", "if t.on ")}{(n): {size: t.size, ${"given"}}}`,
      of`count: ${word("len(teams)", "len([for t in teams {t.size}])", "teams.ops.size + 1")}`,
      of`region: ${"stringType"}`,
      of`production: ${"boolType"}`,
      of`if production {${some("given", 1, 2, ", ")}}`,
      of`let T = ${"entry"}\ncopy: T & {${"given"}}`,
      of`B=base: {${"given"}}\nderived: B & {${"given"}}`,
      of`summary: ${word("string", "number", "list", "map", "bool").chain((name) => tie(name))}`,
      of`out: ${"team"} & {${"body"}}`,
      of`out: {${"entry"}, ${"body"}}`,
    ),
    bundle: fc.array(tie("top"), { minLength: 1, maxLength: 6 }).map(withFallbacks),
  };
}).bundle;

const fallbacks: readonly (readonly [name: string, decl: string])[] = [
  [
    "#Team",
    '#Team: {name: *"team" | string, size: *1 | int & >0, tier?: "gold" | "silver", env: {[string]: string}, ports: [...int], on: *false | bool, meta?: #Meta}',
  ],
  ["#Small", '#Small: {name: *"small" | string, size: 1 | *2, tier: "gold", kind?: string}'],
  ["#Kind", '#Kind: {kind: "a", size: 1} | {kind: "b", name: *"b" | string}'],
  ["#Meta", "#Meta: {owner: string, id: *7 | int}"],
  ["_base", '_base: {name: *"base" | string, size: int | *4, env: LEVEL: *"info" | string, ...}'],
  [
    "defaults",
    'defaults: {size: 5, name: "default", weight: 2.5, on: true, ports: [8080], env: LEVEL: "warn", meta: {owner: "root", id: 0}}',
  ],
  [
    "ops",
    'teams: ops: {name: "ops", size: 3, on: true, tier: "gold", ports: [80], env: LEVEL: "info", meta: {owner: "o", id: 2}}',
  ],
  ["dev", 'teams: "dev-1": {name: "dev", size: 1, on: false}'],
  ["web", "teams: web: {size: 2}"],
  ["teams", "teams: {}"],
  ["count", "count: 2"],
  ["region", 'region: "eu"'],
  ["production", "production: true"],
  ["name", 'name: "n"'],
  ["tier", 'tier: "t"'],
  ["size", "size: 6"],
  ["weight", "weight: 0.5"],
  ["on", "on: true"],
  ["ports", "ports: [1, 2]"],
  ["env", 'env: LEVEL: "top"'],
  ["meta", 'meta: {owner: "m", id: 9}'],
  ["T", 'let T = {name: "t", size: 8, env: {}, ports: [], meta: {}}'],
  ["n", 'n: "top"'],
];

/** Adds what is referred to and not there, and imports. */
function withFallbacks(decls: readonly string[]): string {
  let text = decls.join("\n");
  // The last of them need no others.
  for (const [name, decl] of fallbacks) {
    const isUsed = new RegExp(`(?<![\\w#.])${name}(?!\\w)`).test(text);
    const isThere = new RegExp(`^(let )?(teams: )?"?${name}(-1")?( = |: )`, "m").test(text);
    if (isUsed && !isThere) text += `\n${decl}`;
  }
  const imports = ["list", "strings"].filter((name) => text.includes(`${name}.`)).map((name) => `import "${name}"\n`);
  return `${imports.join("")}${text}`;
}
