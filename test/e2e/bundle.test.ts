import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changedText, type Seed, seedEnv, seeds } from "../support/seeds.js";
import {
  create,
  get,
  list,
  type RunResult,
  recordRequests,
  remove,
  serveArtifact,
  setReady,
  sheaf,
  startKustomizeController,
  until,
  untilGone,
  writesOf,
} from "./cluster.js";

const dir = mkdtempSync(join(tmpdir(), "sheaf-bundle-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Entry = {
  ref: { group: string; version: string; kind: string; namespace: string; name: string };
  state: { state: string; message: string };
};
type Status = { instances: { name: string; namespace: string; state: string; entries: Entry[] }[] };

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

/** The run was successful; if not, its errors are shown. */
function expectDone({ code, stderr }: RunResult): void {
  expect(code, stderr).toBe(0);
}

async function status(bundle: string): Promise<Status> {
  const run = await sheaf(["bundle", "status", bundle, "-o", "json"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(run.stdout);
}

/** Plural names of the kinds that the seeds render. */
const plurals: Readonly<Record<string, string>> = {
  NetworkPolicy: "networkpolicies",
  GitRepository: "gitrepositories",
  OCIRepository: "ocirepositories",
  HelmRepository: "helmrepositories",
};

function pathOf({ group, version, kind, namespace, name }: Entry["ref"]): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === "" ? "" : `/namespaces/${namespace}`;
  return `${root}${scope}/${plurals[kind] ?? `${kind.toLowerCase()}s`}/${name}`;
}

/** The resource version of every object of a bundle that no controller writes on, and of its records. */
async function versions(bundle: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const { name, namespace, entries } of (await status(bundle)).instances) {
    const own = entries.filter(({ ref }) => ref.kind !== "ResourceQuota");
    const paths = [...own.map(({ ref }) => pathOf(ref)), `/api/v1/namespaces/${namespace}/secrets/timoni.${name}`];
    for (const path of paths) found[path] = (await get(path))?.metadata.resourceVersion;
  }
  expect(Object.values(found)).not.toContain(undefined);
  return found;
}

/** Applies while the Deployment of Flux is made ready, revision for revision, which takes a kubelet elsewhere. */
async function applyFlux(path: string) {
  let running = true;
  const run = sheaf(["bundle", "apply", "-f", path, "--runtime-from-env", "--timeout", "60s"], {
    env: seedEnv,
  }).finally(() => {
    running = false;
  });
  const keepReady = async () => {
    while (running) {
      await setReady("flux-system", "flux").catch(() => {});
      await new Promise((done) => setTimeout(done, 200));
    }
  };
  await Promise.race([run, keepReady()]);
  return run;
}

/** Without Flux's controllers nothing makes its custom resources ready: these bundles are not waited for. */
function apply(seed: Seed, path: string) {
  return seed.needsFlux || seed.file.includes("cilium")
    ? sheaf(["bundle", "apply", "-f", path, "--runtime-from-env", "--wait=false"], { env: seedEnv })
    : applyFlux(path);
}

async function roundTrip(seed: Seed) {
  const path = file(seed.file, seed.text);
  if (seed.text.includes("persistence")) await create(volume, "/api/v1/persistentvolumes");
  const first = await apply(seed, path);
  expectDone(first);
  const installed = await versions(seed.bundle);

  const requests = await recordRequests("sheaf");
  const again = await apply(seed, path);
  expectDone(again);
  expect(writesOf(await requests())).toEqual([]);
  expect(await versions(seed.bundle)).toEqual(installed);

  const diff = await sheaf(["bundle", "diff", "-f", path, "--runtime-from-env"], { env: seedEnv });
  expect(diff).toMatchObject({ code: 0, stdout: "" });

  const changes = await recordRequests("sheaf");
  const changed = await apply(seed, file(`changed-${seed.file}`, changedText(seed)));
  expectDone(changed);
  const kinds = (action: string) =>
    [...changed.stdout.matchAll(new RegExp(`^ {2}(\\w+)/\\S+ ${action}$`, "gm"))].map(([, kind]) => kind);
  expect({ configured: kinds("configured"), pruned: kinds("deleted") }).toEqual({
    configured: seed.change.configured,
    pruned: seed.change.pruned,
  });
  const written = writesOf(await changes()).filter(({ uri }) => !uri.includes("/secrets/timoni."));
  expect(written).toHaveLength(seed.change.configured.length + seed.change.pruned.length);

  const objects = (await status(seed.bundle)).instances.flatMap(({ entries }) => entries.map(({ ref }) => pathOf(ref)));
  const records = Object.keys(installed).filter((key) => key.includes("/secrets/timoni."));
  const deleted = await sheaf(["bundle", "delete", seed.bundle, "--timeout", "60s"]);
  expectDone(deleted);
  for (const object of [...objects, ...records]) {
    if (/^\/api\/v1\/namespaces\/[^/]+$/.test(object)) await untilGone(object);
    expect([object, await get(object)]).toEqual([object, undefined]);
  }

  for (const run of [first, again, diff, changed, deleted])
    expect(run.stdout + run.stderr).not.toMatch(/5ecret|internal error/);
}

/** A volume for the claim of Flux on AWS, which a provisioner makes elsewhere. */
const volume = {
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "sheaf-e2e" },
  spec: {
    storageClassName: "standard",
    capacity: { storage: "8Gi" },
    accessModes: ["ReadWriteOnce"],
    hostPath: { path: "/nowhere" },
  },
};

describe.each(seeds.filter(({ needsFlux }) => !needsFlux))("$file", (seed) => {
  test("is applied, stays as it is, changes, and is deleted", () => roundTrip(seed));
});

describe("with Flux installed", () => {
  beforeAll(async () => {
    const path = file("flux.cue", seeds.find((seed) => seed.file === "flux-aio.cue")?.text ?? "");
    expectDone(await applyFlux(path));
  });
  afterAll(async () => {
    expectDone(await sheaf(["bundle", "delete", "flux-aio", "--timeout", "60s"]));
    expect(await list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")).toEqual([]);
  });

  describe.each(seeds.filter(({ needsFlux }) => needsFlux))("$file", (seed) => {
    test("is applied, stays as it is, changes, and is deleted", () => roundTrip(seed));
  });

  test("a tenant's workload runs under the tenant's account, and goes when the tenant is off-boarded", async () => {
    const controller = await startKustomizeController();
    const namespace = "dev-team-apps";
    const source = `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/gitrepositories/dev-team-apps`;
    const workload = `/api/v1/namespaces/${namespace}/configmaps/workload`;
    // The seed's bundle, made to act as the tenant: what the restricted profile of Flux does by default.
    const text = (seeds.find(({ file }) => file === "tenant.cue")?.text ?? "").replace(
      "sync: targetNamespace: namespace",
      'sync: targetNamespace: namespace\nsync: serviceAccountName: "flux"',
    );
    let stop = async () => {};
    try {
      const applying = sheaf(
        ["bundle", "apply", "-f", file("tenant-live.cue", text), "--runtime-from-env", "--timeout", "90s"],
        { env: seedEnv },
      );
      const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: workload\ndata:\n  a: b\n";
      stop = await serveArtifact(source, { "deploy/workload.yaml": manifest });
      expectDone(await applying);
      const live = await until("the workload is there", () => get(workload));
      const managers = JSON.stringify(live.metadata.managedFields ?? "");
      expect(managers).toContain("kustomize-controller");

      const { instances } = await status("dev-team");
      expect(
        instances
          .flatMap(({ entries }) => entries.map(({ state }) => state.state))
          .every((state) => state === "current"),
      ).toBe(true);

      const requests = await recordRequests("");
      expectDone(await sheaf(["bundle", "delete", "dev-team", "--timeout", "60s"]));
      const pruned = (await requests()).filter(
        ({ verb, uri }) => verb === "delete" && uri.includes("/configmaps/workload"),
      );
      expect(pruned.map(({ user }) => user)).toContain(`system:serviceaccount:${namespace}:flux`);
      expect(await get(workload)).toBeUndefined();
      await untilGone(`/api/v1/namespaces/${namespace}`);
    } finally {
      await stop();
      await controller.stop();
    }
  });

  test("a delete of Flux stops at custom resources that are there, and changes nothing", async () => {
    await create(
      {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "GitRepository",
        metadata: { name: "mine", namespace: "default" },
        spec: { url: "https://github.com/org/repo", interval: "1m" },
      },
      "/apis/source.toolkit.fluxcd.io/v1/namespaces/default/gitrepositories",
    );
    const requests = await recordRequests("sheaf");
    const run = await sheaf(["bundle", "delete", "flux-aio"]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("GitRepository/default/mine");
    expect(writesOf(await requests())).toEqual([]);
    await remove("/apis/source.toolkit.fluxcd.io/v1/namespaces/default/gitrepositories/mine");
  });

  test("a delete of Flux with --delete-resources lets its controllers clear them first", async () => {
    const controller = await startKustomizeController();
    let stop = async () => {};
    try {
      const collection = (group: string, plural: string) =>
        `/apis/${group}.toolkit.fluxcd.io/v1/namespaces/default/${plural}`;
      const sourceRef = { kind: "GitRepository", name: "mine" };
      await create(
        {
          apiVersion: "source.toolkit.fluxcd.io/v1",
          kind: "GitRepository",
          metadata: { name: "mine", namespace: "default" },
          spec: { url: "https://github.com/org/repo", interval: "1m" },
        },
        collection("source", "gitrepositories"),
      );
      await create(
        {
          apiVersion: "kustomize.toolkit.fluxcd.io/v1",
          kind: "Kustomization",
          metadata: { name: "mine", namespace: "default" },
          spec: { interval: "1m", prune: true, path: "./", targetNamespace: "default", sourceRef },
        },
        collection("kustomize", "kustomizations"),
      );
      const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pruned-by-flux\n";
      stop = await serveArtifact(`${collection("source", "gitrepositories")}/mine`, { "workload.yaml": manifest });
      await until("the workload is there", () => get("/api/v1/namespaces/default/configmaps/pruned-by-flux"));

      const requests = await recordRequests("sheaf");
      expectDone(await sheaf(["bundle", "delete", "flux-aio", "--delete-resources", "--timeout", "60s"]));
      const deleted = writesOf(await requests()).flatMap(({ verb, uri }) => (verb === "delete" ? uri : []));
      const places = [
        /kustomizations\/mine$/,
        /deployments\/flux$/,
        /customresourcedefinitions\//,
        /v1\/namespaces\/[^/]+$/,
      ];
      const found = places.map((place) => deleted.findIndex((uri) => place.test(uri.replace(/\?.*/, ""))));
      expect(found).toEqual([...found].sort((a, b) => a - b));
      expect(found).not.toContain(-1);
      expect(await get("/api/v1/namespaces/default/configmaps/pruned-by-flux")).toBeUndefined();
      expect(await list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")).toEqual([]);
    } finally {
      await stop();
      await controller.stop();
      expectDone(await applyFlux(file("flux.cue", seeds.find((seed) => seed.file === "flux-aio.cue")?.text ?? "")));
    }
  });
});

describe("an API that refuses", () => {
  const seed = seeds.find(({ file }) => file === "tenant.cue");

  test("403 names the verb, the resource and the namespace", async () => {
    const path = file("refused.cue", seed?.text ?? "");
    const run = await sheaf(["bundle", "apply", "-f", path, "--runtime-from-env", "--kube-as", "nobody"], {
      env: seedEnv,
    });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/nobody.*(list|create|get|patch).*secrets|(list|create|get|patch).*secrets.*nobody/s);
    expect(run.stdout + run.stderr).not.toContain("5ecret");
    expect(await get("/api/v1/namespaces/dev-team-apps")).toBeUndefined();
  });

  test("a value that the server refuses stops before the first write", async () => {
    const text = (seed?.text ?? "")
      .replace('namespace: "dev-team-apps"', 'namespace: "dev_team"')
      .replace('namespace: "dev-team-apps"', 'namespace: "dev_team"');
    const requests = await recordRequests("sheaf");
    const run = await sheaf(["bundle", "apply", "-f", file("bad-namespace.cue", text), "--runtime-from-env"], {
      env: seedEnv,
    });
    expect(run.code).toBe(1);
    expect(writesOf(await requests())).toEqual([]);
  });

  test("an instance of another bundle is a conflict, and can be taken over", async () => {
    const applyAs = (name: string, ...flags: string[]) =>
      sheaf(["bundle", "apply", "-f", file(`${name}.cue`, tenantOnly(name)), ...flags]);
    expectDone(await applyAs("dev-team"));
    const refused = await applyAs("other");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('belongs to bundle "dev-team"');
    expectDone(await applyAs("other", "--overwrite-ownership"));
    expect((await sheaf(["bundle", "status", "dev-team"])).code).toBe(1);
    expectDone(await sheaf(["bundle", "delete", "other", "--timeout", "60s"]));
  });
});

/** A tenant without a Git sync, which would need Flux. */
function tenantOnly(name: string): string {
  return `bundle: {
  apiVersion: "v1alpha1"
  name: "${name}"
  instances: "dev-team": {
    module: url: "oci://ghcr.io/stefanprodan/modules/flux-tenant"
    namespace: "dev-team-apps"
  }
}
`;
}
