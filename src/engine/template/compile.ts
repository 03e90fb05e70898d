import { comparePos, SourceError } from "../diagnostics/index.js";
import { NodeBuilder } from "./build-nodes.js";
import { maskTags } from "./mask-tags.js";
import { type BlockSpan, matchBlocks } from "./match-blocks.js";
import { findMisplacedTags, reportMisplaced } from "./misplaced-tags.js";
import { OwnedTags } from "./owned-tags.js";
import { divideDocuments, placeBlocks } from "./place-blocks.js";
import type { TemplateProgram } from "./program.js";
import { readYaml } from "./read-yaml.js";
import { scanTags } from "./scan-tags.js";
import { TextPlaces } from "./text-places.js";
import { adviseOnYaml } from "./yaml-advice.js";

/** A program, and every fault that was found, in the order of the text; with faults the program is empty. */
export type CompiledTemplate = Readonly<{ program: TemplateProgram; errors: readonly SourceError[] }>;

export type CompileOptions = Readonly<{
  /** Keep the place of everything, also of what holds no expression: it takes more room. */
  keepPlaces?: boolean;
}>;

type Fault = Readonly<{ offset: number; code: string; detail: string }>;

/** Templates are written by hand; what is larger is a mistake or an attack. */
const maxLength = 1024 * 1024;
const maxTags = 5000;

/**
 * Compiles a template. The tags are replaced by stand-ins, the rest is read as YAML, and each stand-in's position in the
 * YAML tree says what its expression may do there.
 */
export function compile(source: string, file: string, { keepPlaces = false }: CompileOptions = {}): CompiledTemplate {
  const places = new TextPlaces(file, source);
  const faults: Fault[] = [];
  if (source.length > maxLength) faults.push(tooLong);
  const found = scanTags(source.slice(0, maxLength));
  if (found.length > maxTags) faults.push(tooMany);
  const [text, tags] = faults.length > 0 ? ["", []] : [source, found];
  const masked = maskTags(text, tags);
  const yaml = readYaml(masked.text);
  const owned = new OwnedTags(tags, yaml);
  const misplaced = findMisplacedTags(owned);
  faults.push(...reportMisplaced(misplaced));

  const usable = owned.live.filter((tag) => tag.kind !== "comment" && !misplaced.has(tag));
  const matched = matchBlocks(usable, places);
  const [outside, torn] = splitByScalar(matched.blocks, owned);
  const trees = divideDocuments(yaml.documents, outside);
  const placed = placeBlocks(trees, outside, yaml.markers, places);
  const around = {
    masked,
    places,
    blocks: matched.blocks,
    expressions: matched.expressions,
    partials: matched.partials,
  };
  const builder = new NodeBuilder(around, owned, placed.bySequence, keepPlaces);
  // A block tag that was left out leaves its block open.
  const hasLostTags = misplaced.size > 0 || usable.some((tag) => tag.kind === "faulty");
  const matchFaults = matched.faults.filter(({ code }) => code !== "template-block" || !hasLostTags);
  faults.push(...matchFaults, ...torn, ...placed.faults);
  for (const block of matched.blocks)
    for (const { tag, head } of block.sections) if (head) builder.refuseOptional(head.subject, tag.start);
  const documents = faults.length > 0 || yaml.faults.length > 0 ? [] : builder.documents(trees);
  faults.push(...builder.faults);
  const blamed = new Set(faults.map(({ offset }) => places.place(offset)[1]));
  const yamlFaults = yaml.faults.filter(
    ({ code, offset }) => code !== "template-yaml" || !blamed.has(places.place(offset)[1]),
  );
  faults.push(...yamlFaults.map((fault) => ({ ...fault, detail: adviseOnYaml(fault, tags, places) })));
  if (faults.length === 0) faults.push(...homelessTags(owned));

  const errors = faults.map(
    ({ code, detail, offset }) => new SourceError(code, masked.unmask(detail), places.pos(offset)),
  );
  errors.sort((a, b) => comparePos(a.pos, b.pos));
  return { program: { file, documents: errors.length > 0 ? [] : documents }, errors };
}

const tooMany: Fault = {
  offset: 0,
  code: "template-syntax",
  detail: `a template of more than ${maxTags} expressions is not read; split it into several files`,
};
const tooLong: Fault = {
  offset: 0,
  code: "template-yaml",
  detail: `a template of more than ${maxLength} characters is not read; split it into several files`,
};

/** The blocks that stand around parts of the YAML, and faults for those that reach out of a block scalar's text. */
function splitByScalar(blocks: readonly BlockSpan[], owned: OwnedTags): [BlockSpan[], Fault[]] {
  const outside: BlockSpan[] = [];
  const faults: Fault[] = [];
  for (const block of blocks) {
    const owners = new Set([...block.sections.map(({ tag }) => tag), block.close].map((tag) => owned.ownerOf(tag)));
    if (owners.size > 1) {
      const detail = `{{#${block.open.inner}}} opens, divides or closes inside the text of a block scalar (|), but not as a whole; check the indentation of its lines`;
      faults.push({ offset: block.open.start, code: "template-block", detail });
    } else if (owners.has(undefined)) outside.push(block);
  }
  return [outside, faults];
}

/** Expressions that YAML read as something else than a value, a key or a part of one. */
function homelessTags(owned: OwnedTags): Fault[] {
  const detail =
    "an expression cannot stand here; it must be a whole value (key: {{a}}), a key ({{a}}: 1), or a part of a string";
  return owned.live
    .filter(({ kind }) => kind === "expression" || kind === "escape" || kind === "partial")
    .filter((tag) => owned.ownerOf(tag) === undefined)
    .map((tag) => ({ offset: tag.start, code: "template-position", detail }));
}
