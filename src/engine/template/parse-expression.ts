import Handlebars from "handlebars";
import { suggest } from "../diagnostics/index.js";
import { helpers } from "./helpers.js";
import type { Expression, PartialNode, PathStart, Place } from "./program.js";

/** What a template may name where an expression stands: block parameters, and how many contexts and `#each` are open. */
export type Names = Readonly<{ params: ReadonlySet<string>; contexts: number; turns: number }>;

/** Why an expression is refused; `detail` says what to write instead. */
export class ExpressionFault extends Error {}

/**
 * Reads the text between the braces of `{{…}}`.
 *
 * @param source Such as `default values.tag "latest"`
 * @throws {ExpressionFault}
 */
export function parseExpression(source: string, place: Place, names: Names): Expression {
  const [statement] = parse(`{{${source}}}`, source).body;
  if (!isMustache(statement)) throw new ExpressionFault(`{{${source}}} is not an expression`);
  const { path, params, hash } = statement;
  return params.length === 0 && !hash?.pairs.length
    ? new Reader(place, names).expression(path)
    : new Reader(place, names).call(path, params, hash);
}

/**
 * Reads the text of `{{> …}}`: a name, and what it is given.
 *
 * @param source Such as `secret name=instance.name`
 * @throws {ExpressionFault}
 */
export function parsePartial(source: string, place: Place, names: Names): PartialNode {
  const [statement] = parse(`{{> ${source}}}`, `> ${source}`).body;
  if (!isPartial(statement) || !isPath(statement.name) || !/^[A-Za-z][\w-]*$/.test(statement.name.original))
    throw new ExpressionFault("a partial is called by the name of its file in partials/: {{> labels}}");
  if (statement.params.length > 0)
    throw new ExpressionFault("a partial takes name=value only, which it reads as args.name");
  const reader = new Reader(place, names);
  const args = (statement.hash?.pairs ?? []).map((pair) => [pair.key, reader.expression(pair.value)] as const);
  const twice = args.find(([name], index) => args.findIndex(([other]) => other === name) < index);
  if (twice !== undefined) throw new ExpressionFault(`${twice[0]} is given twice`);
  return { kind: "partial", place, name: statement.name.original, args };
}

/** The head of a block helper: `each values.items as |item index|`. */
export type BlockHead = Readonly<{ helper: BlockHelper; subject: Expression; names: readonly string[] }>;
export type BlockHelper = (typeof blockHelpers)[number];
const blockHelpers = ["if", "unless", "each", "with"] as const;

/**
 * Reads the text of `{{#…}}`.
 *
 * @throws {ExpressionFault}
 */
export function parseBlockHead(source: string, place: Place, names: Names): BlockHead {
  const word = /^\S*/.exec(source)?.[0] ?? "";
  const helper = blockHelpers.find((known) => known === word);
  if (helper === undefined) {
    const near = suggest(word, blockHelpers);
    throw new ExpressionFault(
      `{{#${word}}} is not a block helper; ${near ? `did you mean {{#${near}}}?` : "there are #if, #unless, #each and #with"}`,
    );
  }
  const [statement] = parse(`{{#${source}}}{{/${helper}}}`, `#${source}`).body;
  const [subject, ...more] = isBlockStatement(statement) ? statement.params : [];
  if (!isBlockStatement(statement) || subject === undefined || more.length > 0 || statement.hash?.pairs.length)
    throw new ExpressionFault(
      `{{#${helper}}} takes one value; put a helper's call in parentheses: {{#${helper} (not values.a)}}`,
    );
  const blockParams = statement.program.blockParams ?? [];
  const allowed = helper === "each" ? 2 : helper === "with" ? 1 : 0;
  if (blockParams.length > allowed)
    throw new ExpressionFault(
      `{{#${helper}}} gives ${allowed} block parameter${allowed === 1 ? "" : "s"}, found ${blockParams.length}`,
    );
  return { helper, subject: new Reader(place, names).expression(subject), names: blockParams };
}

function parse(text: string, source: string): hbs.AST.Program {
  try {
    return Handlebars.parseWithoutProcessing(text);
  } catch (error) {
    const got = error instanceof Error ? /got '([A-Z_]+)'/.exec(error.message)?.[1] : undefined;
    if (/\s\|\s|^-|^\.[A-Z]|^include\b/.test(source))
      throw new ExpressionFault(
        `{{${source}}} looks like Helm; here a path is values.name, and a helper is called with its arguments after it: {{default values.name "x"}}`,
        { cause: error },
      );
    const name = tokenNames.get(got ?? "");
    const found = name === undefined ? "" : ` (found ${name} where it has no place)`;
    throw new ExpressionFault(
      `{{${source}}} is not a Handlebars expression${found}; write a path, a literal, or a helper's call such as default values.tag "latest"`,
      { cause: error },
    );
  }
}

const tokenNames = new Map([
  ["CLOSE", "the end"],
  ["INVALID", "a character that has no meaning there"],
  ["SEP", "a dot or slash"],
  ["OPEN_SEXPR", "an opening parenthesis"],
  ["CLOSE_SEXPR", "a closing parenthesis"],
  ["EQUALS", "an equals sign"],
  ["OPEN_BLOCK_PARAMS", "block parameters"],
]);

/** Helper calls inside each other. */
const maxDepth = 30;

class Reader {
  readonly #place: Place;
  readonly #names: Names;

  constructor(place: Place, names: Names) {
    this.#place = place;
    this.#names = names;
  }

  expression(node: hbs.AST.Node, depth = 0): Expression {
    if (depth > maxDepth)
      throw new ExpressionFault(`more than ${maxDepth} calls stand inside each other; use {{#with}} for parts`);
    if (isStringLiteral(node) || isBooleanLiteral(node)) return { kind: "literal", value: node.value };
    if (isNumberLiteral(node)) {
      if (Number.isInteger(node.value) && !Number.isSafeInteger(node.value))
        throw new ExpressionFault("an integer beyond 2^53 loses digits; put it in quotes");
      return { kind: "literal", value: node.value };
    }
    if (node.type === "NullLiteral") return { kind: "literal", value: null };
    if (isSubExpression(node)) return this.call(node.path, node.params, node.hash, depth + 1);
    if (isPath(node)) return this.#path(node);
    throw new ExpressionFault("undefined is not a value; leave an entry out with {{optional path}} or {{#if path}}");
  }

  call(head: hbs.AST.Node, params: readonly hbs.AST.Node[], hash: hbs.AST.Hash | undefined, depth = 0): Expression {
    const name = isPath(head) ? head.original : "a literal";
    const helper = isPath(head) ? helpers.get(name) : undefined;
    if (helper === undefined) {
      const near = suggest(name, helpers.keys());
      throw new ExpressionFault(
        `${name} is not a helper${near ? `; did you mean ${near}?` : `; there are ${[...helpers.keys()].join(", ")}`}`,
      );
    }
    const args = params.map((param) => this.expression(param, depth));
    const named = (hash?.pairs ?? []).map((pair) => [pair.key, this.expression(pair.value, depth)] as const);
    const least = helper.params.filter((param) => !param.optional).length;
    if (args.length < least || (args.length > helper.params.length && helper.rest === undefined))
      throw new ExpressionFault(
        `${name} is called with ${args.length} value${args.length === 1 ? "" : "s"}; write ${helper.usage}`,
      );
    if (named.length > 0 && !helper.named)
      throw new ExpressionFault(`${name} takes no name=value; write ${helper.usage}`);
    return { kind: "call", place: this.#place, helper: name, args, named };
  }

  #path(node: hbs.AST.PathExpression): Expression {
    const [first, ...rest] = node.parts;
    const path = (from: PathStart, steps: readonly string[]): Expression => ({
      kind: "path",
      place: this.#place,
      from,
      steps,
    });
    if (node.data) return this.#data(node, path);
    const explicit = /^(?:this|\.{1,2})(?:[./]|$)/.test(node.original);
    if (!explicit && first !== undefined && this.#names.params.has(first))
      return path({ at: "name", name: first }, rest);
    if (node.depth > this.#names.contexts) {
      const open =
        this.#names.contexts === 0
          ? "no {{#each}} or {{#with}} is open"
          : `only ${this.#names.contexts} contexts are open`;
      throw new ExpressionFault(
        `${node.original} goes above the root: ${open} here; {{#if}} and {{#unless}} do not count`,
      );
    }
    return path({ at: "context", up: node.depth }, node.parts);
  }

  #data(node: hbs.AST.PathExpression, path: (from: PathStart, steps: readonly string[]) => Expression): Expression {
    const [first, ...rest] = node.parts;
    if (first === "root" && node.depth === 0) return path({ at: "root" }, rest);
    const what = turnFacts.find((fact) => fact === first);
    if (what === undefined || rest.length > 0)
      throw new ExpressionFault(
        `@${node.parts.join(".")} is not known; there are @root, @key, @index, @first and @last`,
      );
    if (node.depth >= this.#names.turns) throw new ExpressionFault(`${node.original} stands outside of {{#each}}`);
    return path({ at: "turn", what, up: node.depth }, []);
  }
}

const turnFacts = ["key", "index", "first", "last"] as const;

function isMustache(node: hbs.AST.Node | undefined): node is hbs.AST.MustacheStatement {
  return node?.type === "MustacheStatement";
}
function isPartial(node: hbs.AST.Node | undefined): node is hbs.AST.PartialStatement {
  return node?.type === "PartialStatement";
}
function isBlockStatement(node: hbs.AST.Node | undefined): node is hbs.AST.BlockStatement {
  return node?.type === "BlockStatement";
}
function isSubExpression(node: hbs.AST.Node): node is hbs.AST.SubExpression {
  return node.type === "SubExpression";
}
function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === "PathExpression";
}
function isStringLiteral(node: hbs.AST.Node): node is hbs.AST.StringLiteral {
  return node.type === "StringLiteral";
}
function isBooleanLiteral(node: hbs.AST.Node): node is hbs.AST.BooleanLiteral {
  return node.type === "BooleanLiteral";
}
function isNumberLiteral(node: hbs.AST.Node): node is hbs.AST.NumberLiteral {
  return node.type === "NumberLiteral";
}
