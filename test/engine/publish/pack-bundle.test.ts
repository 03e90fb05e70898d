import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/engine/json/index.js";
import type { KubeObject } from "../../../src/engine/object/index.js";
import { type PackBundleOptions, packBundles, SecretsInClearError } from "../../../src/engine/publish/index.js";
import { annotated, bundle, configMap, instance, object } from "../../support/bundles.js";

const one = (objects: readonly KubeObject[]) => bundle("web", instance("app", "apps", objects));
const pack = (objects: readonly KubeObject[], options?: PackBundleOptions) =>
  packBundles([{ folder: "", bundle: one(objects) }], options);

/** The files of an artifact's one layer. */
async function filesOf({ blobs: [, layer] }: Awaited<ReturnType<typeof pack>>): Promise<Record<string, string>> {
  if (layer === undefined) throw new Error("an artifact has a layer");
  const entries = await unpackTar(gunzipSync(layer));
  const files = entries.filter(({ header }) => header.type === "file");
  return Object.fromEntries(files.map(({ header, data }) => [header.name, Buffer.from(data ?? []).toString()]));
}

describe("packBundles()", () => {
  test("gives an artifact of Flux's media types, with Git's facts", async () => {
    const { manifest } = await pack([configMap("apps", "a")], {
      git: { source: "https://git.example/fleet", revision: "a".repeat(40), committedSeconds: 1_700_000_000 },
      annotations: { team: "web" },
    });
    expect(manifest.config.mediaType).toBe("application/vnd.cncf.flux.config.v1+json");
    expect(manifest.layers).toEqual([
      expect.objectContaining({ mediaType: "application/vnd.cncf.flux.content.v1.tar+gzip" }),
    ]);
    expect(manifest.layers[0]?.annotations).toBeUndefined();
    expect(manifest.annotations).toEqual({
      "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
      "org.opencontainers.image.revision": `sha1:${"a".repeat(40)}`,
      "org.opencontainers.image.source": "https://git.example/fleet",
      team: "web",
    });
  });

  test("is the same in every byte for the same bundle", async () => {
    const objects = [configMap("apps", "a"), configMap("other", "a"), configMap("apps", "b")];
    const [first, second] = [await pack(objects), await pack([...objects].reverse())];
    expect(second.descriptor).toEqual(first.descriptor);
    expect((await pack(objects, { sourceDateEpoch: 1 })).descriptor).not.toEqual(first.descriptor);
  });

  test("has a file for each object, and the namespaces that an apply would make", async () => {
    const files = await filesOf(await pack([configMap("apps", "a"), configMap("other", "a")]));
    expect(Object.keys(files).sort()).toEqual([
      "app/other_v1_configmap_a.yaml",
      "app/v1_configmap_a.yaml",
      "v1_namespace_apps.yaml",
    ]);
    expect(files["v1_namespace_apps.yaml"]).toContain("kustomize.toolkit.fluxcd.io/prune: disabled");
    expect(files["v1_namespace_apps.yaml"]).toContain("kustomize.toolkit.fluxcd.io/ssa: IfNotPresent");
    const own = await filesOf(await pack([object("v1", "Namespace", "apps")]));
    expect(own).toEqual({ "app/v1_namespace_apps.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: apps\n" });
    expect(await filesOf(await pack([], { createNamespaces: false }))).toEqual({});
  });

  test("puts each bundle of several into its folder", async () => {
    const folders = ["a", "b"].map((folder) => ({ folder, bundle: one([configMap("apps", folder)]) }));
    expect(Object.keys(await filesOf(await packBundles(folders, { createNamespaces: false }))).sort()).toEqual([
      "a/app/v1_configmap_a.yaml",
      "b/app/v1_configmap_b.yaml",
    ]);
  });

  test.each([
    ["force: enabled", "force", "force: enabled"],
    ["one-off: enabled", "one-off", "ssa: IfNotPresent"],
    ["prune: disabled", "prune", "prune: disabled"],
  ])("tells Flux what action.timoni.sh/%s asks for", async (text, control, want) => {
    const value = text.split(": ")[1] ?? "";
    const steered = annotated(configMap("apps", "a"), { [`action.timoni.sh/${control}`]: value, own: "kept" });
    const files = await filesOf(await pack([steered]));
    expect(files["app/v1_configmap_a.yaml"]).toContain(`kustomize.toolkit.fluxcd.io/${want}\n`);
    expect(files["app/v1_configmap_a.yaml"]).toContain("own: kept\n");
  });

  const secret = (rest: JsonObject) => object("v1", "Secret", "s", "apps", rest);
  const sops = { mac: "ENC[AES256_GCM,data:x]", lastmodified: "2026-01-01T00:00:00Z" };
  test.each([
    { title: "a Secret with data", objects: [secret({ data: { a: "eA==" } })], refused: true },
    { title: "a Secret with stringData", objects: [secret({ stringData: { a: "x" } })], refused: true },
    { title: "a Secret without data", objects: [secret({})], refused: false },
    {
      title: "a Secret that SOPS encrypted",
      objects: [secret({ data: { a: "ENC[AES256_GCM,data:x]" }, sops })],
      refused: false,
    },
    {
      title: "a Secret that SOPS encrypted in part",
      objects: [secret({ data: { a: "ENC[AES256_GCM,data:x]", b: "eA==" }, sops })],
      refused: true,
    },
    { title: "a Secret that only looks encrypted", objects: [secret({ data: { a: "ENC[x]" } })], refused: true },
    {
      title: "a runtime value anywhere",
      objects: [configMap("apps", "a", { a: "with token-1234 in it" })],
      refused: true,
    },
    { title: "a ConfigMap", objects: [configMap("apps", "a", { a: "b" })], refused: false },
  ])("$title is refused: $refused", async ({ objects, refused }) => {
    const folders = [{ folder: "", bundle: { ...one(objects), secrets: ["token-1234"] } }];
    const error = await packBundles(folders).then(
      () => undefined,
      (fault: unknown) => fault,
    );
    if (!refused) expect(error).toBeUndefined();
    else {
      expect(error).toBeInstanceOf(SecretsInClearError);
      expect(String(error)).toMatch(/--with-secrets:\n {2}(Secret\/apps\/s|ConfigMap\/apps\/a)$/);
    }
    await packBundles(folders, { withSecrets: true });
  });
});
