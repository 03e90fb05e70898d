import { describe, expect, test } from "vitest";
import { createMasker } from "../../../src/engine/apply/mask.js";
import { maskError } from "../../../src/engine/apply/records.js";
import { TargetError } from "../../../src/engine/target/index.js";

const mask = createMasker(["tok-123"]);
const loop = new Error("again");
loop.cause = loop;

describe("maskError()", () => {
  test.each([
    ["itself", "bad tok-123", undefined],
    ["its cause", "bad", new Error("bad tok-123")],
    ["a cause of its cause", "bad", new Error("bad", { cause: new Error("bad tok-123") })],
    ["a collected one", "bad", new AggregateError([loop, new Error("bad tok-123")])],
    ["a text", "bad", "bad tok-123"],
  ])("leaves no secret that is told by %s", (_, message, cause) => {
    const masked = maskError(new TargetError("forbidden", message, { status: 403, cause }), mask);
    expect(masked).toMatchObject({ code: "forbidden", status: 403, message: message.replace("tok-123", "***") });
    expect(masked.cause).toBeUndefined();
  });

  test("gives back an error that tells none", () => {
    const error = new TargetError("forbidden", "bad", { cause: loop });
    expect(maskError(error, mask)).toBe(error);
  });
});
