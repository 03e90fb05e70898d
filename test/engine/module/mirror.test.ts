import { describe, expect, test } from "vitest";
import { catalogMirror, findMirror, type Mirror, parseMirror } from "../../../src/engine/module/mirror.js";
import { nearestVersions, sortVersions } from "../../../src/engine/module/module-version.js";
import { parseReference } from "../../../src/engine/oci/index.js";

describe("parseMirror()", () => {
  test.each<[string, Mirror]>([
    [
      "ghcr.io/org=oci://localhost:5000/a/b",
      { from: "ghcr.io/org", to: { kind: "registry", host: "localhost:5000", path: "a/b" } },
    ],
    ["oci://ghcr.io=oci://reg.example", { from: "ghcr.io", to: { kind: "registry", host: "reg.example", path: "" } }],
    ["ghcr.io/org=oci-layout:dist/catalog", { from: "ghcr.io/org", to: { kind: "layout", dir: "/base/dist/catalog" } }],
    ["ghcr.io/org=./modules", { from: "ghcr.io/org", to: { kind: "folder", dir: "/base/modules" } }],
    ["ghcr.io/org=file://modules", { from: "ghcr.io/org", to: { kind: "folder", dir: "/base/modules" } }],
    ["ghcr.io/org=/abs=x", { from: "ghcr.io/org", to: { kind: "folder", dir: "/abs=x" } }],
    ["ghcr.io/org=catalog", { from: "ghcr.io/org", to: { kind: "catalog" } }],
  ])("reads %s", (text, want) => {
    expect(parseMirror(text, "/base")).toEqual(want);
  });

  test.each([
    ["ghcr.io/org", "write it as ghcr.io/org/modules=oci://"],
    ["=x", "write it as"],
    ["ghcr.io=", "write it as"],
    ["ghcr.io/org:1.0.0=x", "without tag or digest"],
    ["ghcr.io/Org=x", "lower-case parts"],
    ["ghcr.io/org=https://reg.example", "must start with oci:// or oci-layout:"],
    ["ghcr.io/org=oci://reg.example/a:b", "without tag or digest"],
  ])("refuses %s", (text, fault) => {
    expect(() => parseMirror(text, "/base")).toThrow(fault);
  });
});

test("findMirror() takes the longest rule, and of equals the first", () => {
  const mirrors = [
    parseMirror("ghcr.io/stefanprodan/modules=./mine", "/"),
    catalogMirror,
    parseMirror("ghcr.io=oci://a.example", "/"),
    parseMirror("ghcr.io/stefanprodan/modules/flux-aio=oci://b.example/x", "/"),
  ];
  const found = (name: string) => {
    const match = findMirror(mirrors, parseReference(`oci://${name}`));
    return match && [mirrors.indexOf(match.mirror), match.rest];
  };
  expect(found("ghcr.io/stefanprodan/modules/flux-tenant")).toEqual([0, "flux-tenant"]);
  expect(found("ghcr.io/stefanprodan/modules/flux-aio")).toEqual([3, ""]);
  expect(found("ghcr.io/stefanprodan/modules/flux-aio-x")).toEqual([0, "flux-aio-x"]);
  expect(found("ghcr.io/stefanprodan/modulesx/a")).toEqual([2, "stefanprodan/modulesx/a"]);
  expect(found("docker.io/stefanprodan/modules/a")).toBeUndefined();
});

test("sortVersions() keeps strict versions, the newest first", () => {
  const tags = ["latest", "1.0.0", "v3.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "2.0.0", "1.0", "main", "1.0.0"];
  expect(sortVersions(tags)).toEqual(["2.0.0", "2.0.0-rc.1", "1.10.0", "1.9.0", "1.0.0"]);
});

test.each([
  ["2.8.1-0", ["2.8.8-0", "2.8.0-0", "2.7.5-0"]],
  ["9.0.0", ["2.9.4-0", "2.8.8-0", "2.8.0-0"]],
  ["0.1.0", ["2.4.0-0", "2.3.0-0", "2.2.3-0"]],
  ["v2.8.1", ["2.8.8-0", "2.8.0-0", "2.7.5-0"]],
  ["newest", ["2.9.4-0", "2.8.8-0", "2.8.0-0"]],
])("nearestVersions() around %s", (wanted, want) => {
  const versions = ["2.2.3-0", "2.3.0-0", "2.4.0-0", "2.7.5-0", "2.8.0-0", "2.8.8-0", "2.9.4-0"];
  expect(nearestVersions(wanted, versions, 3)).toEqual(want);
});
