import { beforeAll, describe, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { getLanguageService, type LanguageService } from "yaml-language-server";
import { bundleSchema } from "../../../src/engine/build/index.js";
import { loadBundle } from "../../../src/engine/bundle/index.js";
import { moduleAt } from "../../modules/catalog.js";

const url = "oci://ghcr.io/stefanprodan/modules/flux-git-sync";

function bundleText(values: string, version = ""): string {
  return `bundle:
  apiVersion: v1alpha1
  name: apps
  instances:
    podinfo:
      module:
        url: ${url}
${version}      namespace: flux-system
      values:
        git:
          url: https://github.com/stefanprodan/podinfo
          path: ./kustomize
${values}`;
}

/** The YAML language server as an editor runs it, with the schema of the bundle. */
let service: LanguageService;

beforeAll(async () => {
  const source = { name: "bundle.yaml", bytes: new TextEncoder().encode(bundleText("")) };
  const module = await moduleAt("flux-git-sync");
  const resolved = { module, repository: url, version: module.version, digest: "sha256:00" };
  const schema = await bundleSchema(await loadBundle([source]), { resolve: async () => resolved });
  service = getLanguageService({
    schemaRequestService: async () => "",
    workspaceContext: { resolveRelativePath: (path) => path },
  });
  service.configure({
    validate: true,
    completion: true,
    hover: true,
    schemas: [{ uri: "urn:bundle", fileMatch: ["*.yaml"], schema }],
  });
});

let opened = 0;

/** A document of its own: the service keeps what it found of a name and version. */
function open(text: string): TextDocument {
  return TextDocument.create("file:///bundle.yaml", "yaml", opened++, text);
}

describe("an editor with the schema of a bundle", () => {
  test.each<[title: string, values: string, faults: (string | RegExp)[]]>([
    ["is content with what is right", "        sync: { wait: false }\n", []],
    ["takes an attribute for a value", "        sync:\n          wait: bool @timoni(runtime:bool:WAIT)\n", []],
    ["underlines an unknown option", "        sync: { wiat: false }\n", ["Property wiat is not allowed."]],
    ["underlines a wrong type", "        sync: { timeout: soon }\n", [/Incorrect type|pattern/]],
    ["underlines a wrong choice", "        decryption: { provider: gpg }\n", [/./]],
  ])("%s", async (_, values, faults) => {
    const found = await service.doValidation(open(bundleText(values)), false);
    expect(found.map(({ message }) => message)).toEqual(faults.map((fault) => expect.stringMatching(fault)));
  });

  test("leaves modules alone that it does not know", async () => {
    const text = bundleText("        anything: 1\n", "        version: 1.0.0\n");
    expect(await service.doValidation(open(text), false)).toEqual([]);
  });

  test("completes options, and shows what they are", async () => {
    const text = bundleText("        sync:\n          targetN\n");
    const line = text.split("\n").length - 2;
    const { items } = await service.doComplete(open(text), { line, character: 17 }, false);
    expect(items.map(({ label }) => label)).toContain("targetNamespace");
    const whole = bundleText("        sync:\n          prune: false\n");
    const hover = await service.doHover(open(whole), { line, character: 12 });
    expect(JSON.stringify(hover?.contents)).toContain("Deletes what is no longer in the source");
  });
});
