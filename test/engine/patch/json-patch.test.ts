import { describe, expect, test } from "vitest";
import { applyJsonPatch } from "../../../src/engine/patch/index.js";

describe("a JSON patch", () => {
  test.each([
    ["adds to a map", { a: 1 }, [{ op: "add", path: "/b", value: [2] }], { a: 1, b: [2] }],
    ["replaces what is there", { a: 1 }, [{ op: "add", path: "/a", value: null }], { a: null }],
    ["adds at the end of a list", [1], [{ op: "add", path: "/1", value: 2 }], [1, 2]],
    ["replaces the whole document", { a: 1 }, [{ op: "replace", path: "", value: 7 }], 7],
    ["reads an empty key", { "": 1 }, [{ op: "replace", path: "/", value: 2 }], { "": 2 }],
    ["reads ~01 as ~1", { "~1": 1 }, [{ op: "remove", path: "/~01" }], {}],
    ["moves within a list", [1, 2, 3], [{ op: "move", from: "/0", path: "/2" }], [2, 3, 1]],
    [
      "copies by value",
      { a: { b: 1 } },
      [
        { op: "copy", from: "/a", path: "/c" },
        { op: "add", path: "/c/b", value: 2 },
      ],
      { a: { b: 1 }, c: { b: 2 } },
    ],
    [
      "tests without regard to the order of keys",
      { a: { b: 1, c: 2 } },
      [{ op: "test", path: "/a", value: { c: 2, b: 1 } }],
      { a: { b: 1, c: 2 } },
    ],
  ])("%s", (_, document, operations, want) => {
    const before = structuredClone(document);
    expect(applyJsonPatch(document, operations)).toEqual(want);
    expect(document).toEqual(before);
  });

  test("sets __proto__ as a key like all others", () => {
    const made = applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { x: 1 } }]);
    expect(JSON.stringify(made)).toBe('{"__proto__":{"x":1}}');
    expect(() => applyJsonPatch({}, [{ op: "add", path: "/__proto__/x", value: 1 }])).toThrow("there is no /__proto__");
  });

  test("what is copied into itself again and again ends before the memory does", () => {
    const operations = Array.from({ length: 60 }, (_, i) => ({ op: "copy", from: "/a", path: `/a/${i}` }));
    expect(() => applyJsonPatch({ a: { text: "x".repeat(100_000) } }, operations)).toThrow(
      /^operation 9 .*what is added comes to more than 67108864 characters$/,
    );
  });

  test.each([
    [{ op: "add", path: "/a/3", value: 1 }, "operation 0 (add /a/3): there is no /a/3"],
    [{ op: "add", path: "/a/01", value: 1 }, "there is no /a/01"],
    [{ op: "replace", path: "/a/-", value: 1 }, "there is no /a/-"],
    [{ op: "replace", path: "/b", value: 1 }, "operation 0 (replace /b): there is no /b"],
    [{ op: "remove", path: "/x~1y/z" }, "there is no /x~1y"],
    [{ op: "add", path: "/t/x", value: 1 }, "there is no /t"],
    [{ op: "move", from: "/a", path: "/a/0" }, "a value cannot be moved into itself"],
    [{ op: "test", path: "/t", value: "secret" }, "operation 0 (test /t): the value is another one"],
    [{ op: "add", path: "/b" }, "operation 0 of the JSON patch (add) needs a value"],
    [{ op: "add", path: "b", value: 1 }, 'needs a path that is empty or starts with "/"'],
    [{ op: "add", path: "/~2", value: 1 }, "~0 for"],
    [{ op: "copy", path: "/b" }, "needs a from that is empty"],
    [{ op: "merge", path: "/b" }, "needs an op: add, remove, replace, move, copy, test"],
    ["add", "must be an object with op and path"],
  ])("%j is refused", (operation, message) => {
    expect(() => applyJsonPatch({ a: [1, 2], t: "hidden" }, [operation])).toThrow(message);
    expect(() => applyJsonPatch({ a: [1, 2], t: "hidden" }, [operation])).not.toThrow(/secret|hidden/);
  });
});
