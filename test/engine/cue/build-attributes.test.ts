import { expect, test } from "vitest";
import { evaluate, parse } from "../../../src/engine/cue/index.js";
import { showError, showLocated } from "./evaluate-text.js";

/** What the reference implementation does with several files and no build tags. */
test.each([
  { title: "files of one package", files: ["package a\nx: 1", "package a\ny: x"], want: '{"x":1,"y":1}' },
  { title: "a file without a package", files: ["package a\nx: 1", "y: 2"], want: '{"x":1,"y":2}' },
  { title: "two packages", files: ["package a\nx: 1", "package b\ny: 2"], want: "conflicting-packages @1:9" },
  {
    title: "a condition that does not hold",
    files: ["package a\nx: 1", "@if(prod)\npackage a\nx: 2"],
    want: '{"x":1}',
  },
  {
    title: "a condition that holds",
    files: ["package a\nx: 1", "@if(!prod && !(a || b))\npackage a\ny: 2"],
    want: '{"x":1,"y":2}',
  },
  { title: "@ignore()", files: ["x: 1", "@ignore()\n\nx: 2"], want: '{"x":1}' },
  { title: "no file that is left", files: ["@if(prod)\npackage a\nx: 1"], want: "left-out @1:1" },
  { title: "an attribute behind the package clause", files: ["package a\n@if(prod)\nx: 1"], want: '{"x":1}' },
  { title: "two conditions", files: ["@if(!a)\n@if(!b)\npackage a\nx: 1"], want: "syntax @2:1" },
  { title: "a condition that is none", files: ["@if(a+b)\npackage a\nx: 1"], want: "syntax @1:1" },
  { title: "another language", files: ['@extern("wasm")\npackage a\nx: 1'], want: "unsupported @1:1" },
])("evaluate() takes $title", ({ files, want }) => {
  const parsed = files.map((text, i) => parse(text, `${i}.cue`));
  expect(parsed.flatMap(({ errors }) => errors)).toEqual([]);
  const { value, errors } = evaluate(parsed.map(({ file }) => file));
  expect(value === undefined ? errors.map(showError).join(", ") : showLocated(value)).toBe(want);
});
