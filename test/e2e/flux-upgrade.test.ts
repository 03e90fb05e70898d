import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/engine/json/index.js";
import { objectsAt, textAt, textsAt } from "../../src/engine/target/kubernetes/fields.js";
import { api, get, kubectl, list, patch, recordRequests, sheaf, until, writesOf } from "./cluster.js";
import { fluxResource } from "./flux-resources.js";

// Flux over its releases, with custom resources of every kind at every version that the oldest one serves.

const [oldest, newest] = ["2.2.3", "2.9.4"];
const releases = [oldest, "2.3.0", "2.4.0", "2.5.1", "2.6.4", "2.7.5", "2.8.0", "2.8.8", newest];
const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const dir = mkdtempSync(join(tmpdir(), "sheaf-upgrade-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
afterEach(async () => {
  const run = await sheaf(["bundle", "delete", "flux-aio", "--delete-resources", "--timeout", "60s"]);
  expect(run.code, run.stderr).toBe(0);
  expect(await definitions()).toEqual([]);
});

function apply(release: string, ...flags: string[]) {
  const path = join(dir, `${release}.cue`);
  writeFileSync(
    path,
    `bundle: {
  apiVersion: "v1alpha1"
  name: "flux-aio"
  instances: flux: {
    module: {
      url: "oci://ghcr.io/stefanprodan/modules/flux-aio"
      version: "${release}-0"
    }
    namespace: "flux-system"
  }
}`,
  );
  return sheaf(["bundle", "apply", "-f", path, "--timeout", "60s", ...flags]);
}

async function applied(release: string, ...flags: string[]): Promise<string> {
  const run = await apply(release, ...flags);
  expect(run.code, run.stderr).toBe(0);
  return run.stdout;
}

/** Flux's definitions. */
async function definitions(): Promise<JsonObject[]> {
  return (await list(definitionsPath)).filter((each) => textAt(each, "spec", "group").endsWith("fluxcd.io"));
}

const nameOf = (definition: JsonObject) => textAt(definition, "metadata", "name");
const groupOf = (definition: JsonObject) => textAt(definition, "spec", "group");
const kindOf = (definition: JsonObject) => textAt(definition, "spec", "names", "kind");
const versionsOf = (definition: JsonObject) =>
  objectsAt(definition, "spec", "versions").map((version) => textAt(version, "name"));
const storageOf = (definition: JsonObject) =>
  textAt(
    objectsAt(definition, "spec", "versions").find((version) => version.storage === true),
    "name",
  );
const collection = (definition: JsonObject, version: string) =>
  `/apis/${groupOf(definition)}/${version}/namespaces/default/${textAt(definition, "spec", "names", "plural")}`;

/** Makes a resource of every kind and version, each applied server-side at that version. Returns how many. */
async function makeResources(): Promise<number> {
  const objects = (await definitions()).flatMap((definition) =>
    versionsOf(definition).flatMap((version) => {
      const kind = kindOf(definition);
      const metadata = { name: `${kind.toLowerCase()}-${version}`, namespace: "default" };
      return fluxResource(kind, groupOf(definition), version, metadata) ?? [];
    }),
  );
  const input = objects.map((object) => JSON.stringify(object)).join("\n");
  const { code, stderr } = await kubectl(["apply", "--server-side", "-f", "-"], { input });
  expect(code, stderr).toBe(0);
  return objects.length;
}

/** How many resources there are; each is as it should be for the definitions that there are now. */
async function checkResources(): Promise<number> {
  let count = 0;
  for (const definition of await definitions()) {
    const versions = versionsOf(definition);
    expect([nameOf(definition), versions]).toEqual([
      nameOf(definition),
      expect.arrayContaining(textsAt(definition, "status", "storedVersions")),
    ]);
    const path = collection(definition, storageOf(definition));
    // A server that has just been told a new definition answers 429 for a moment.
    const answer = await until(`${path} is served`, async () => {
      const { status, body } = await api("GET", path);
      return status === 200 ? body : undefined;
    });
    for (const resource of objectsAt(answer, "items")) {
      count++;
      const name = textAt(resource, "metadata", "name");
      const managed = objectsAt(resource, "metadata", "managedFields").map((entry) => textAt(entry, "apiVersion"));
      const known = versions.map((version) => `${groupOf(definition)}/${version}`);
      expect(known, `managedFields of ${path}/${name}`).toEqual(expect.arrayContaining(managed));
      // A server converts objects to each version that managedFields name, and fails where a default is not of that version.
      if (managed.some((apiVersion) => !apiVersion.endsWith(`/${storageOf(definition)}`))) continue;
      // A server-side apply still works, and nothing of what was applied is lost.
      const wanted = fluxResource(kindOf(definition), groupOf(definition), storageOf(definition), {
        name,
        namespace: "default",
      });
      const { status, body } = await api("PATCH", `${path}/${name}?fieldManager=kubectl&dryRun=All`, wanted, {
        contentType: "application/apply-patch+yaml",
      });
      expect([status, body]).toMatchObject([200, { spec: wanted?.spec }]);
    }
  }
  return count;
}

describe("an upgrade with resources of every kind and version", () => {
  test("release by release", async () => {
    await applied(oldest);
    const made = await makeResources();
    expect(made).toBeGreaterThan(25);
    for (const release of releases.slice(1)) {
      await applied(release);
      expect(await checkResources()).toBe(made);
    }
    expect(await applied(newest)).not.toContain("configured");
  });

  test("in one leap, as its dry run has said, and back again", async () => {
    await applied(oldest);
    const made = await makeResources();
    const requests = await recordRequests("sheaf");
    const rehearsal = await applied(newest, "--dry-run");
    expect(writesOf(await requests())).toEqual([]);
    const migrations = (text: string) => text.split("\n").filter((line) => line.includes("stored anew")).length;
    expect(migrations(rehearsal)).toBeGreaterThan(10);
    expect(rehearsal).toContain(
      "ocirepositories.source.toolkit.fluxcd.io configured (dry run) (1 custom resource of v1beta2 stored anew as v1)",
    );
    expect(migrations(await applied(newest))).toBe(migrations(rehearsal));
    expect(await checkResources()).toBe(made);

    // What there is fits the oldest release, too.
    await applied(oldest);
    expect(await checkResources()).toBe(made);
  });
});

test("a change of version that would take fields from resources is refused before the first write", async () => {
  await applied(newest);
  await makeResources();
  const ours = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/default/kustomizations/kustomization-v1";
  await patch(ours, { spec: { namePrefix: "hush-" } });
  const requests = await recordRequests("sheaf");
  const refused = await apply(oldest);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    "custom resources do not fit the new definition of kustomize.toolkit.fluxcd.io/v1; change them first, or let the fields go with --drop-fields",
  );
  expect(refused.stderr).toMatch(
    /Kustomization\/default\/kustomization-v1: spec\.namePrefix: unknown field; known are /,
  );
  expect(refused.stderr).not.toContain("hush-");
  expect(writesOf(await requests())).toEqual([]);
  await applied(oldest, "--drop-fields");
  expect(textAt(await get(ours), "spec", "namePrefix")).toBe("");
});
