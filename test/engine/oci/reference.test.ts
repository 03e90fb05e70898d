import { describe, expect, test } from "vitest";
import { formatReference, OciError, parseReference } from "../../../src/engine/oci/index.js";

const digest = `sha256:${"0a".repeat(32)}`;

describe("parseReference()", () => {
  test.each([
    ["oci://ghcr.io/org/web", { host: "ghcr.io", repository: "org/web" }],
    ["oci://ghcr.io/org/web:1.0.0", { host: "ghcr.io", repository: "org/web", tag: "1.0.0" }],
    ["oci://localhost:5000/web", { host: "localhost:5000", repository: "web" }],
    ["oci://localhost:5000/a/b__c/d-e.f:latest", { host: "localhost:5000", repository: "a/b__c/d-e.f", tag: "latest" }],
    [`oci://[::1]:5000/web@${digest}`, { host: "[::1]:5000", repository: "web", digest }],
    [`oci://h/web:1.0.0-rc.1@${digest}`, { host: "h", repository: "web", tag: "1.0.0-rc.1", digest }],
  ])("reads %s", (text, want) => {
    expect(parseReference(text)).toEqual(want);
    expect(formatReference(parseReference(text))).toBe(text);
  });

  test.each([
    ["ghcr.io/org/web", 'must start with "oci://"'],
    ["https://ghcr.io/org/web", 'starts with "https://" where "oci://" is wanted'],
    ["oci://ghcr.io", "names no repository"],
    ["oci:///web", "is not a host name"],
    ["oci://gh_cr.io/web", '"gh_cr.io" is not a host name'],
    ["oci://host:99999/web", '"host:99999" is not a host name'],
    ["oci://user:pass@host/web", "the digest"],
    ["oci://ghcr.io/Org/web", 'the repository part "Org" must be lower-case'],
    ["oci://ghcr.io/org//web", "has an empty part"],
    ["oci://ghcr.io/org/web/", "has an empty part"],
    ["oci://ghcr.io/org/../web", 'the repository part ".." may hold only'],
    ["oci://ghcr.io/org/web:", 'the tag ""'],
    ["oci://ghcr.io/org/web:1.0.0+build", 'a version with "+" cannot be a tag'],
    ["oci://ghcr.io/org/web:a:b", "more than one tag"],
    ["oci://ghcr.io/org/web@sha256:abc", 'must be "sha256:" and 64 hexadecimal digits'],
    [`oci://ghcr.io/org/web@${digest}@${digest}`, 'holds "@" twice'],
    [`oci://ghcr.io/${"a".repeat(256)}`, "longer than 255"],
  ])("refuses %s", (text, fault) => {
    expect(() => parseReference(text)).toThrow(OciError);
    expect(() => parseReference(text)).toThrow(fault);
  });

  test("names the place of a text in a file", () => {
    const pos = { file: "b.cue", offset: 9, line: 2, column: 3 };
    expect(() => parseReference("web", pos)).toThrow(/^b\.cue:2:3: "web" is not/);
  });
});
