import { describe, expect, test } from "vitest";
import { type Expr, parse } from "../../../src/engine/cue/index.js";

const errorsOf = (text: string): string[] => {
  const { errors } = parse(text, "x.cue");
  return errors.map(({ pos, detail }) => `${pos.line}:${pos.column} ${detail}`);
};

describe("syntax errors say where and what", () => {
  test.each([
    ['a: "x', "1:4", "the string is not terminated"],
    ['a: "x\nb: 1', "1:4", 'expected " on the same line'],
    ["a: {b: 1", "1:9", "expected '}' to close the '{' of line 1, found the end of the file"],
    ["a: }", "1:4", "expected a value, found '}'"],
    ["a: 1 b: 2", "1:6", "missing ','"],
    ["a: {b: 1 c: 2}", "1:10", "missing ','"],
    ["a: [1 2]", "1:7", "missing ','"],
    ["a: [1,\n2\n3]", "3:1", "missing ','"],
    ["a 1", "1:3", "expected ':' after the label"],
    ["a: 01", "1:4", "leave the leading zero out"],
    ["a: 1__0", "1:4", 'illegal "_"'],
    ["a: 0x", "1:4", "hexadecimal"],
    ["a: 0b2", "1:4", "binary"],
    ["a: 0o8", "1:4", "octal"],
    ["a: 1X", "1:4", "multiplier"],
    ["a: @foo", "1:4", 'expected "(" after @foo'],
    ["a: 1 @foo(x", "1:6", 'misses its ")"'],
    ["a: 1 @foo([)])", "1:6", 'misses its ")"'],
    ['a: "\\q"', "1:6", "unknown escape sequence \\q"],
    ['a: "\\u12"', "1:6", "4 hexadecimal digits"],
    ['a: "\\ud83d"', "1:5", "surrogate"],
    ["a: '\\400'", "1:6", "octal"],
    ['a: """\n  x\n y\n  """', "1:4", "invalid white space"],
    ['a: """x\n  """', "1:4", "expected a newline after the multi-line quotes"],
    ['a: """\n  x\n y  """', "1:4", "invalid white space"],
    ["a: 1\n\0b: 2", "2:1", "NUL"],
    ["a: 1\n\uFEFFb: 2", "2:1", "byte order mark"],
    ["a: 1\n\u0001", "2:1", "U+0001"],
    ["a: 1 ~ 2", "1:6", "illegal character"],
    ["a: 1; b: 2", "1:5", "illegal character"],
    ["a::1", "1:3", "expected a value"],
    ["a: (1", "1:6", "to close the '(' of line 1"],
    ["a: [,]", "1:5", "expected a value"],
    ["a: {b: 1,,c: 2}", "1:10", "expected a value"],
    ["package\na: 1", "1:8", "expected a name of the package"],
    ["import strings", "1:15", "expected 'string' with the import path"],
    ['a: "\\(1 + )"', "1:11", "expected a value"],
    ['a: "\\(1', "1:8", "not terminated"],
    ["for x [1] {}", "1:7", "expected 'in'"],
    ["for x in y", "1:11", "expected '{' with the body"],
    ["if x: 1 {}", "1:5", "expected '{' with the body"],
    ["let a: 1", "1:6", "expected '=' after \"let a\""],
    ["X=1", "1:1", 'a field is written "X: …", a name for a value "let X = …"'],
    ["a: 1\n}", "2:1", "unexpected '}': nothing is open that it closes"],
    ["a: {{ .Values.b }}", "1:7", "CUE has no {{ … }}: a name stands as it is"],
    ["a: $" + "{B}", "1:5", "a name stands as it is"],
    ["a: {if b {c: 1} else {c: 2}}", "1:17", "CUE has no else: write a second if"],
    ["# a comment", "1:3", "a comment starts with //"],
    ["a: true ? 1 : 2", "1:11", 'CUE has no "? :"'],
    ["a: “b”", "1:4", "a string stands in straight quotes"],
    ["1: 2", "1:2", "a label is a name, a string"],
    ["[a, b]: 1", "1:1", "the brackets of a label hold one expression"],
    ["a.b: 1", "1:4", "a label is a name"],
    ["a: b[]", "1:6", "expected a value"],
    ["a: b.", "1:6", "expected a name after '.'"],
    ["a: f(1", "1:7", "to end the arguments"],
    ["a?", "1:2", "expected ':' after the label"],
  ])("%j", (text, at, says) => {
    const [first] = errorsOf(text);
    expect(first).toMatch(new RegExp(`^${at} `));
    expect(first).toContain(says);
  });
});

test.each([
  { of: "a string over several lines", text: 'a: {b: "one\ntwo", c: "x"}\nd: [1 2]\n', lines: ["1", "3"] },
  {
    of: "an attribute without its end",
    text: "a: {b: string @timoni(runtime:string:B}\nc: [1 2]\n",
    lines: ["1", "2"],
  },
  { of: "an attribute without its end on its line", text: "a: {\n\tb: string @x(\n}\nc: [1 2]\n", lines: ["2", "4"] },
])("$of is one fault, and what comes behind it is read", ({ text, lines }) => {
  expect(errorsOf(text).map((error) => error.split(":")[0])).toEqual(lines);
});

test("several faults are found at once, one for each line", () => {
  const text = 'a: 01\nb: {c: ]}\nd: 1\ne: "open\nf: [1 2]\ng: {\nh: @x\n}\ni: 2 3';
  expect(errorsOf(text).map((error) => error.split(":")[0])).toEqual(["1", "2", "4", "5", "7", "9"]);
  const fields = parse(text, "x.cue").file.decls.flatMap((decl) => (decl.kind === "field" ? [decl.label] : []));
  expect(fields.map((label) => label.kind === "identifier" && label.name)).toContain("d");
});

describe("nesting ends in an error, not in a full stack", () => {
  const deep = 100_000;
  test.each([
    ["brackets", `a: ${"[".repeat(deep)}`],
    ["braces", `a: ${"{b: ".repeat(deep)}`],
    ["parentheses", `a: ${"(".repeat(deep)}1`],
    ["labels", "a: ".repeat(deep)],
    ["unary operators", `a: ${"!".repeat(deep)}true`],
    ["interpolations", `a: ${'"\\('.repeat(deep)}`],
    ["binary operators", `a: 1${" + 1".repeat(deep)}`],
    ["selectors", `a: b${".b".repeat(deep)}`],
  ])("%s", (_, text) => {
    expect(errorsOf(text).join()).toMatch(/nested too deep|more than 1000 operators/);
  });
});

describe("expressions", () => {
  test.each([
    ["1 + 2 * 3", "(1 + (2 * 3))"],
    ["1 - 2 - 3", "((1 - 2) - 3)"],
    ["a & b | c & d", "((a & b) | (c & d))"],
    ["a || b && c == d + e", "(a || (b && (c == (d + e))))"],
    ["*1 | >=2 & <3", "(*1 | (>=2 & <3))"],
    ["10 div 3 + 1", "((10 div 3) + 1)"],
    ["-a.b[0](c, d)[1:2].e", "-a.b[0](c,d)[1:2].e"],
    ["!(a)", "!(a)"],
    ['x."a b"', 'x."a b"'],
    ["[1, ...int]", "[1,...int]"],
    ["[...]", "[...]"],
    ["{a: 1, ...}", "{a:1,...}"],
    ["a[:1]", "a[:1]"],
    ["=~#^\\d#", undefined],
    ['=~#"^\\d"#', '=~"^\\\\d"'],
    ["_|_", "_|_"],
    ["{for k, v in x if v let w = k {(w): v}}", "{for k,v in x if v let w=k {(w):v}}"],
    ["[for x in y {x}]", "[for x in y {x}]"],
    ['"a\\(b)c\\(d)"', '"a\\(b)c\\(d)"'],
    ["X={a: X.b}", "X={a:X.b}"],
    ["{[X=string]: X, Y=a?: int, b!: Y}", "{[X=string]:X,Y=a?:int,b!:Y}"],
    ["{let a = 1, b: a}", "{let a=1,b:a}"],
    ['{"x": 1, "y-\\(z)": 2, (w): 3}', '{"x":1,("y-\\(z)"):2,(w):3}'],
    ["{if: 1, for: 2, let: 3, in: 4, true: 5, null: 6, import: 7}", "{if:1,for:2,let:3,in:4,true:5,null:6,import:7}"],
    ["a.if", "a.if"],
    ["{a\n: 1}", "{a:1}"],
    ["{a: b: c: 1}", "{a:{b:{c:1}}}"],
    ["{\na: 1\nb: 2,\n}", "{a:1,b:2}"],
    ["f(\n1,\n2,\n)", "f(1,2)"],
    ["'b'", "'62'"],
    ["1 // comment", "1"],
  ])("%s", (text, shown) => {
    const { file, errors } = parse(`v: ${text}`, "x.cue");
    const [field] = file.decls;
    const value = field?.kind === "field" && errors.length === 0 ? show(field.value) : undefined;
    expect(value).toBe(shown);
  });
});

describe("strings", () => {
  test.each([
    ['"a\\tb\\u00e9\\U0001F600\\ud83d\\ude00\\"\\/"', 'a\tbé😀😀"/'],
    ['#"a\\n"b"#', 'a\\n"b'],
    ['##"\\##n"#"##', '\n"#'],
    ['"""\n  a\n    b\n\n  c\n  """', "a\n  b\n\nc"],
    ['"""\r\n  a\r\n  b\r\n  """', "a\nb"],
    ['"""\n  """', ""],
    ['"""\n  a\\tb\\n\n  """', "a\tb\n"],
    ['#"""\n  a\\n"""\n  """#', 'a\\n"""'],
    ['"héllo"', "héllo"],
  ])("%j", (text, content) => {
    const { file, errors } = parse(`v: ${text}`, "x.cue");
    expect(errors).toEqual([]);
    const [field] = file.decls;
    const literal = field?.kind === "field" && field.value.kind === "literal" ? field.value.value : undefined;
    expect(literal).toEqual({ type: "string", value: content });
  });
});

test("attributes keep their text and place, and comments are kept", () => {
  const text = '@top(x)\na: string @timoni(runtime:string:TOKEN) @b("a)",{c: [1]}) // note\nb: {@in(y=z)\n}';
  const { file, errors } = parse(text, "x.cue");
  expect(errors).toEqual([]);
  const [top, a, b] = file.decls;
  expect(top).toMatchObject({ kind: "attribute", name: "top", text: "x", pos: { line: 1, column: 1 } });
  expect(a).toMatchObject({
    attributes: [
      { name: "timoni", text: "runtime:string:TOKEN", pos: { line: 2, column: 11 }, end: text.indexOf(" @b") },
      { name: "b", text: '"a)",{c: [1]}' },
    ],
  });
  expect(b).toMatchObject({ value: { decls: [{ kind: "attribute", name: "in", text: "y=z" }] } });
  expect(file.comments).toMatchObject([{ text: "// note", pos: { line: 2 } }]);
});

test("a file has its package and imports", () => {
  const { file, errors } = parse('// c\npackage main\n\nimport "a/b"\nimport (\n\tx "c"\n\t"d",\n)\na: 1\n', "x.cue");
  expect(errors).toEqual([]);
  expect(file.package?.name).toBe("main");
  expect(file.imports.map(({ name, path }) => [name?.name, path])).toEqual([
    [undefined, "a/b"],
    ["x", "c"],
    [undefined, "d"],
  ]);
});

test("every node knows its place and its end", () => {
  const text = 'a: {\n  "b": [1, x.y] & z\n}';
  const { file } = parse(text, "x.cue");
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if ("kind" in node && "pos" in node && "end" in node) {
      const { pos, end } = node;
      if (typeof pos === "object" && pos !== null && "offset" in pos && "line" in pos && "column" in pos)
        found.push(
          `${pos.line}:${pos.column} ${node.kind} ${text.slice(Number(pos.offset), Number(end)).replace(/\n */g, "⏎")}`,
        );
    }
    for (const [key, part] of Object.entries(node)) if (key !== "pos") visit(part);
  };
  visit(file.decls);
  expect(found).toEqual([
    '1:1 field a: {⏎"b": [1, x.y] & z⏎}',
    "1:1 identifier a",
    '1:4 struct {⏎"b": [1, x.y] & z⏎}',
    '2:3 field "b": [1, x.y] & z',
    '2:3 string-label "b"',
    "2:8 binary [1, x.y] & z",
    "2:8 list [1, x.y]",
    "2:9 literal 1",
    "2:12 selector x.y",
    "2:12 identifier x",
    "2:14 identifier y",
    "2:19 identifier z",
  ]);
});

/** An expression in one line, with parentheses around every binary operation. */
function show(expr: Expr): string {
  switch (expr.kind) {
    case "identifier":
      return expr.name;
    case "literal":
      if (expr.value.type === "null") return "null";
      if (expr.value.type === "number") return expr.value.text;
      if (expr.value.type === "bytes") return `'${Buffer.from(expr.value.value).toString("hex")}'`;
      return JSON.stringify(expr.value.value);
    case "interpolation":
      return `"${expr.texts.map((text, i) => text + (expr.exprs[i] ? `\\(${show(expr.exprs[i])})` : "")).join("")}"`;
    case "bottom":
      return "_|_";
    case "struct":
      return `{${expr.decls.map(showDecl).join(",")}}`;
    case "list":
      return `[${expr.items.map((item) => (item.kind === "comprehension" || item.kind === "ellipsis" ? showDecl(item) : show(item))).join(",")}]`;
    case "unary":
      return expr.op + show(expr.operand);
    case "binary":
      return `(${show(expr.left)} ${expr.op} ${show(expr.right)})`;
    case "paren": {
      const inner = show(expr.expr);
      return inner.startsWith("(") ? inner : `(${inner})`;
    }
    case "selector":
      return `${show(expr.operand)}.${expr.name.kind === "identifier" ? expr.name.name : JSON.stringify(expr.name.value)}`;
    case "index":
      return `${show(expr.operand)}[${show(expr.index)}]`;
    case "slice":
      return `${show(expr.operand)}[${expr.low ? show(expr.low) : ""}:${expr.high ? show(expr.high) : ""}]`;
    case "call":
      return `${show(expr.callee)}(${expr.args.map(show).join(",")})`;
    case "alias":
      return `${expr.name.name}=${show(expr.expr)}`;
  }
}

function showDecl(decl: Extract<Expr, { kind: "struct" }>["decls"][number]): string {
  switch (decl.kind) {
    case "field": {
      const { label, alias, mark, value } = decl;
      const name =
        label.kind === "identifier"
          ? label.name
          : label.kind === "string-label"
            ? JSON.stringify(label.value)
            : label.kind === "dynamic-label"
              ? `(${show(label.expr)})`
              : `[${label.alias ? `${label.alias.name}=` : ""}${show(label.expr)}]`;
      return `${alias ? `${alias.name}=` : ""}${name}${mark}:${show(value)}`;
    }
    case "let":
      return `let ${decl.name.name}=${show(decl.value)}`;
    case "embedding":
      return show(decl.expr);
    case "ellipsis":
      return `...${decl.type ? show(decl.type) : ""}`;
    case "attribute":
      return `@${decl.name}(${decl.text})`;
    case "comprehension": {
      const clauses = decl.clauses.map((clause) => {
        if (clause.kind === "if") return `if ${show(clause.condition)}`;
        if (clause.kind === "let") return `let ${clause.name.name}=${show(clause.value)}`;
        return `for ${clause.key ? `${clause.key.name},` : ""}${clause.value.name} in ${show(clause.source)}`;
      });
      return `${clauses.join(" ")} ${show(decl.body)}`;
    }
  }
}

test("parse() takes a file of more declarations than a call takes arguments", () => {
  expect(parse("a: 1\n".repeat(150_000), "x.cue").file.decls).toHaveLength(150_000);
});
