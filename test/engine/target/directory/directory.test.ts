import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyBundle, bundleStatus, deleteBundle } from "../../../../src/engine/apply/index.js";
import { encodeRecord, type InstanceRecord } from "../../../../src/engine/inventory/index.js";
import { type KubeObject, type ObjectRef, refOf } from "../../../../src/engine/object/index.js";
import { prepareObject, type RenderedBundle } from "../../../../src/engine/plan/index.js";
import { openDirectory } from "../../../../src/engine/target/directory/index.js";
import { TargetError, WaitError } from "../../../../src/engine/target/index.js";
import { bundle, configMap, definition, fixedNow, instance, object } from "../../../support/bundles.js";

const now = fixedNow;
const owner = { name: "one", namespace: "apps" };
const force = { force: false };
const revision: InstanceRecord["instance"] = {
  ...owner,
  module: { name: "m", repository: "oci://r", version: "1", digest: "sha256:0" },
  values: "{}",
  lastTransitionTime: "",
  inventory: [],
  images: [],
};
let parent = "";
let root = "";

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "sheaf-directory-"));
  root = join(parent, "cluster");
});
afterEach(() => rm(parent, { recursive: true }));

const open = () => openDirectory(root, { now });
const apply = (rendered: RenderedBundle) => applyBundle(rendered, open(), { now });
const ours = (each: KubeObject) => prepareObject(each, owner);
const modeOf = async (...path: string[]) => ((await stat(join(root, ...path))).mode & 0o777).toString(8);

async function tree(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

async function catchError(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

const secret = object("v1", "Secret", "s", "apps", { stringData: { password: "p" } });
const web = bundle(
  "web",
  instance("one", "apps", [
    object("v1", "Namespace", "apps"),
    object("rbac.authorization.k8s.io/v1", "ClusterRole", "Team:View"),
    object("apps/v1", "Deployment", "d", "apps"),
    configMap("other", "d"),
    configMap("apps", "d"),
    secret,
  ]),
  instance("two", "tools", [configMap("tools", "t")]),
);

describe("files", () => {
  test("are named as kustomize does, in one folder per instance, and read back as they were", async () => {
    await apply(web);
    expect(await tree()).toEqual([
      "apps/one/.sheaf-record",
      "apps/one/apps_v1_deployment_d.yaml",
      "apps/one/other_v1_configmap_d.yaml",
      "apps/one/rbac.authorization.k8s.io_v1_clusterrole_team:view.yaml",
      "apps/one/v1_configmap_d.yaml",
      "apps/one/v1_namespace_apps.yaml",
      "apps/one/v1_secret_s.yaml",
      "tools/two/.sheaf-record",
      "tools/two/v1_configmap_t.yaml",
      "tools/v1_namespace_tools.yaml",
    ]);
    const objects = web.instances[0]?.objects.map((each) => prepareObject(each, owner)) ?? [];
    expect(await open().read(objects.map(refOf))).toEqual(objects);
    const metadata = await open().readMetadata?.(objects.map(refOf));
    expect(metadata?.map((each) => each?.metadata)).toEqual(objects.map((each) => each.metadata));
  });

  test("that hold secrets are for their owner only, also where they were open before", async () => {
    const umask = process.umask(0o022);
    try {
      await apply(web);
      expect(await modeOf("apps", "one", "v1_secret_s.yaml")).toBe("600");
      expect(await modeOf("apps", "one", ".sheaf-record")).toBe("600");
      expect(await modeOf("apps", "one", "v1_configmap_d.yaml")).toBe("644");
      await chmod(join(root, "apps", "one", "v1_secret_s.yaml"), 0o644);
      await open().apply(ours(secret), force);
      expect(await modeOf("apps", "one", "v1_secret_s.yaml")).toBe("600");
      await chmod(join(root, "apps", "one", "v1_secret_s.yaml"), 0o666);
      await open().apply(ours({ ...secret, stringData: { password: "q" } }), force);
      expect(await modeOf("apps", "one", "v1_secret_s.yaml")).toBe("600");
    } finally {
      process.umask(umask);
    }
  });

  test("are not written again where nothing changes", async () => {
    await apply(web);
    const old = new Date("2001-01-01T00:00:00Z");
    for (const file of await tree()) await utimes(join(root, file), old, old);
    expect((await apply(web)).changed).toBe(false);
    for (const file of await tree()) expect((await stat(join(root, file))).mtime, file).toEqual(old);
  });

  test("with the same data in another order or style count as unchanged", async () => {
    await apply(web);
    const path = join(root, "apps", "one", "v1_configmap_d.yaml");
    const text = `# by hand\nmetadata: {labels: {instance.timoni.sh/namespace: apps, instance.timoni.sh/name: one}, name: d, namespace: apps}\ndata: {}\nkind: ConfigMap\napiVersion: v1\n`;
    await writeFile(path, text);
    expect((await apply(web)).changed).toBe(false);
    expect(await readFile(path, "utf8")).toBe(text);
  });

  test("of an object whose API version changes are replaced", async () => {
    await apply(bundle("web", instance("one", "apps", [object("apps/v1beta2", "Deployment", "d", "apps")])));
    const { instances } = await apply(
      bundle("web", instance("one", "apps", [object("apps/v1", "Deployment", "d", "apps")])),
    );
    expect(instances[0]?.counts).toMatchObject({ configured: 1, deleted: 0 });
    expect(await tree()).toContain("apps/one/apps_v1_deployment_d.yaml");
    expect(await tree()).not.toContain("apps/one/apps_v1beta2_deployment_d.yaml");
  });

  test("move with an object that another instance takes", async () => {
    await apply(web);
    const moved = object("v1", "ConfigMap", "d", "apps", { data: {} });
    await apply(bundle("thief", instance("t", "tools", [moved])));
    expect(await tree()).toContain("tools/t/apps_v1_configmap_d.yaml");
    expect(await tree()).not.toContain("apps/one/v1_configmap_d.yaml");
  });

  test("go with their objects, empty folders too, and a namespace that was made for an instance", async () => {
    await apply(web);
    await deleteBundle("web", open(), { now });
    expect(await readdir(root)).toEqual([]);
  });

  test("leave a namespace that was made for them while something else is in its folder", async () => {
    await apply(web);
    await writeFile(join(root, "tools", "notes.txt"), "mine");
    await deleteBundle("web", open(), { now });
    expect(await tree()).toContain("tools/v1_namespace_tools.yaml");
  });

  test("of an object kept in YAML of every form come back", async () => {
    const rest = {
      data: { "a: b": "no", text: "line\n\n  indented\n", metadata: "kind: X\nmetadata: y\n", "---": "---" },
    };
    const tricky = ours(object("v1", "ConfigMap", "tricky", "apps", rest));
    await open().apply(tricky, force);
    expect(await open().read([refOf(tricky)])).toEqual([tricky]);
    expect((await open().readMetadata?.([refOf(tricky)]))?.[0]?.metadata).toEqual(tricky.metadata);
  });
});

describe("files of others", () => {
  test.each([
    {
      title: "another object",
      text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, namespace: apps}\n",
      says: "does not carry",
    },
    { title: "no object", text: "hello\n", says: "is no Kubernetes object" },
    { title: "broken YAML", text: "a: [\n", says: "is no Kubernetes object" },
    {
      title: "an object of sheaf's under a wrong name",
      text: "apiVersion: v1\nkind: Secret\nmetadata: {name: d, labels: {instance.timoni.sh/name: a, instance.timoni.sh/namespace: b}}\n",
      says: "holds Secret/d",
    },
  ])("$title in the way stops an apply before the first write", async ({ text, says }) => {
    await apply(bundle("other", instance("x", "tools", [configMap("tools", "x")])));
    const path = join(root, "apps", "one", "v1_configmap_d.yaml");
    await mkdir(join(root, "apps", "one"), { recursive: true });
    await writeFile(path, text);
    const before = await tree();
    const error = await catchError(apply(web));
    expect(error.message).toContain(`${path} ${says}`);
    expect(error.message).toContain('instance "one": ConfigMap/apps/d');
    expect(await tree()).toEqual(before);
    expect(await readFile(path, "utf8")).toBe(text);
  });

  test("a folder that holds only such files is refused, with their names", async () => {
    await mkdir(join(root, "src"), { recursive: true });
    await writeFile(join(root, "package.json"), "{}");
    const error = await catchError(apply(web));
    expect(error).toMatchObject({ code: "foreign-files" });
    expect(error.message).toContain("holds files that sheaf did not write (package.json, src)");
    expect(await tree()).toEqual(["package.json"]);
  });

  test("what people keep beside manifests is fine, and is left when all else goes", async () => {
    await mkdir(join(root, ".git"), { recursive: true });
    for (const name of ["README.md", ".gitignore", "kustomization.yaml"]) await writeFile(join(root, name), "mine\n");
    await apply(web);
    await writeFile(join(root, "apps", "one", "notes.txt"), "mine\n");
    await writeFile(join(root, "later.json"), "mine\n");
    await apply(web);
    await deleteBundle("web", open(), { now });
    const left = ["README.md", ".gitignore", "kustomization.yaml", "apps/one/notes.txt", "later.json"];
    expect(await tree()).toEqual(left.sort());
  });

  test("a folder whose records are gone, as in a fresh clone, is still ours", async () => {
    await apply(web);
    for (const file of (await tree()).filter((name) => name.endsWith(".sheaf-record"))) await rm(join(root, file));
    const { instances } = await apply(web);
    expect(instances.map(({ operation, counts }) => [operation, counts.unchanged])).toEqual([
      ["install", 6],
      ["install", 1],
    ]);
  });

  test("links are not followed: not a folder's, not a file's, not a record's", async () => {
    const outside = join(parent, "outside");
    await mkdir(outside);
    await writeFile(join(outside, "f.yaml"), "mine\n");
    await apply(bundle("other", instance("x", "tools", [configMap("tools", "x")])));
    await symlink(outside, join(root, "apps"));
    expect((await catchError(apply(web))).message).toContain(`${join(root, "apps")} is no folder`);
    await rm(join(root, "apps"));
    await mkdir(join(root, "apps", "one"), { recursive: true });
    await symlink(join(outside, "f.yaml"), join(root, "apps", "one", "v1_secret_s.yaml"));
    expect((await catchError(apply(web))).message).toContain("v1_secret_s.yaml is a symbolic link");
    await rm(join(root, "apps", "one", "v1_secret_s.yaml"));
    await symlink(join(outside, "f.yaml"), join(root, "apps", "one", ".sheaf-record"));
    expect((await catchError(apply(web))).message).toContain(".sheaf-record is a symbolic link");
    await rm(join(root, "apps", "one", ".sheaf-record"));
    await apply(web);
    await rm(join(root, "apps", "one", "v1_configmap_d.yaml"));
    await symlink(
      join(root, "apps", "one", "other_v1_configmap_d.yaml"),
      join(root, "apps", "one", "v1_configmap_d.yaml"),
    );
    expect(await open().delete(refOf(configMap("apps", "d")))).toBe(false);
    expect(await readdir(outside)).toEqual(["f.yaml"]);
    expect(await readFile(join(outside, "f.yaml"), "utf8")).toBe("mine\n");
  });

  test.each(["../../evil", "a/b", "a\\b", "a\0b", `${"x".repeat(260)}`])(
    "a name such as %j makes no file",
    async (name) => {
      const error = await catchError(apply(bundle("web", instance("one", "apps", [configMap("apps", name)]))));
      expect(error.message).toContain("has a name that cannot be one of a file");
      expect(await readdir(parent)).toEqual([]);
    },
  );

  test.each(["..", ".", "a/b", ".git", ""])("an instance or namespace named %j makes no folder", async (name) => {
    const record: InstanceRecord = { name: "i", namespace: name, instance: revision };
    expect(await catchError(open().writeRecord(encodeRecord(record)))).toMatchObject({ code: "invalid-object" });
    expect(
      await catchError(open().apply(prepareObject(configMap("apps", "a"), { name, namespace: "apps" }), force)),
    ).toMatchObject({
      code: "invalid-object",
    });
    expect(await readdir(parent)).toEqual([]);
  });

  test("two objects that would share a file are refused before the first write", async () => {
    const role = (name: string) => object("rbac.authorization.k8s.io/v1", "ClusterRole", name);
    const error = await catchError(apply(bundle("web", instance("one", "apps", [role("view"), role("View")]))));
    expect(error.message).toContain("would have the same file as another object");
    expect(await readdir(parent)).toEqual([]);
  });
});

describe("check()", () => {
  test("a path below a file, or that is one, is not writable", async () => {
    await writeFile(join(parent, "file"), "");
    for (const path of ["file", "file/below"]) {
      const error = await catchError(openDirectory(join(parent, path), { now }).check());
      expect(error).toMatchObject({ code: "not-writable" });
    }
  });

  test.skipIf(process.getuid?.() === 0)("a folder without the right to write is not writable", async () => {
    await mkdir(root, { mode: 0o500 });
    expect(await catchError(open().check())).toMatchObject({ code: "not-writable" });
  });

  test("makes nothing", async () => {
    await open().check();
    expect(await readdir(parent)).toEqual([]);
  });
});

describe("records", () => {
  const record: InstanceRecord = { ...owner, bundle: "web", order: 0, instance: revision };

  test("one that must be new, or of a version, is refused where it is not", async () => {
    const stored = await open().writeRecord(encodeRecord(record));
    expect(stored.metadata).toMatchObject({
      resourceVersion: expect.any(String),
      creationTimestamp: "2026-02-03T04:05:06Z",
    });
    expect(await open().readRecord("apps", "timoni.one")).toEqual(stored);
    expect(await catchError(open().writeRecord(encodeRecord(record)))).toMatchObject({ code: "record-conflict" });
    const [next, late] = [{ ...stored, metadata: { ...stored.metadata, annotations: { x: "1" } } }, stored];
    const written = await open().writeRecord(next);
    expect(written.metadata.resourceVersion).not.toBe(stored.metadata.resourceVersion);
    expect(written.metadata.creationTimestamp).toBe(stored.metadata.creationTimestamp);
    expect(await catchError(open().writeRecord(late))).toMatchObject({ code: "record-conflict" });
    const drop = ({ metadata }: KubeObject) =>
      open().deleteRecord("apps", "timoni.one", String(metadata.resourceVersion));
    expect(await catchError(drop(stored))).toMatchObject({ code: "record-conflict" });
    expect(await open().readRecord("apps", "timoni.one")).toEqual(written);
    await drop(written);
    await drop(written);
    expect(await tree()).toEqual([]);
    expect(await catchError(open().writeRecord(late))).toMatchObject({ code: "record-conflict" });
  });

  test("of many writers at once one wins", async () => {
    const first = await Promise.allSettled(Array.from({ length: 8 }, () => open().writeRecord(encodeRecord(record))));
    expect(first.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const stored = await open().readRecord("apps", "timoni.one");
    const changes = Array.from({ length: 8 }, (_, i) =>
      open().writeRecord({
        ...encodeRecord(record),
        metadata: { ...Object(stored?.metadata), annotations: { i: String(i) } },
      }),
    );
    const outcomes = await Promise.allSettled(changes);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "record-conflict" });
    expect(await tree()).toEqual(["apps/one/.sheaf-record"]);
  });

  async function locked(lock: string, holder: string): Promise<void> {
    await mkdir(lock);
    await writeFile(join(lock, holder), "");
  }

  test("the lock of a process that is no more is taken over, that of a living one is not", async () => {
    await mkdir(join(root, "apps", "one"), { recursive: true });
    const lock = join(root, "apps", "one", ".sheaf-lock");
    await locked(lock, `${process.pid}-x`);
    expect(await catchError(open().writeRecord(encodeRecord(record)))).toMatchObject({ code: "record-conflict" });
    await rm(lock, { recursive: true });
    await locked(lock, "4194305-x"); // above the largest process id
    await open().writeRecord(encodeRecord(record));
    expect(await tree()).toEqual(["apps/one/.sheaf-record"]);
  });

  test("a lock that was held for too long is taken over, whoever holds it", async () => {
    await mkdir(join(root, "apps", "one"), { recursive: true });
    const lock = join(root, "apps", "one", ".sheaf-lock");
    await locked(lock, "x");
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    await open().writeRecord(encodeRecord(record));
    expect(await tree()).toEqual(["apps/one/.sheaf-record"]);
  });

  test("one that is no record is told by name", async () => {
    await apply(web);
    await writeFile(join(root, "apps", "one", ".sheaf-record"), "{");
    expect((await catchError(apply(web))).message).toContain("Secret apps/timoni.one is no readable instance record");
  });

  test("half-written files of a process that is no more are removed, those of a living one are not", async () => {
    await apply(web);
    const folder = join(root, "apps", "one");
    await writeFile(join(folder, ".sheaf-tmp-4194305-0"), "secret");
    await writeFile(join(folder, `.sheaf-tmp-${process.pid}-999`), "");
    await locked(join(folder, ".sheaf-lock"), "4194305-x");
    await locked(join(folder, ".sheaf-lock.4194305-y"), "4194305-y");
    await open().apply(ours(configMap("apps", "new")), force);
    const names = await readdir(folder);
    expect(names.filter((name) => /^\.sheaf-(tmp|lock)/.test(name))).toEqual([`.sheaf-tmp-${process.pid}-999`]);
  });
});

test("two runs of one bundle at the same time leave what one leaves, and at most one fails", async () => {
  await apply(web);
  const want = await tree();
  for (let round = 0; round < 10; round++) {
    await rm(root, { recursive: true });
    const runs = await Promise.allSettled([apply(web), apply(web)]);
    const lost = runs.filter((run) => run.status === "rejected");
    expect(lost.length).toBeLessThan(2);
    for (const { reason } of lost) expect(reason.cause.cause).toMatchObject({ code: "record-conflict" });
    expect(await tree()).toEqual(want);
  }
});

test("a file that another run has written meanwhile is found", async () => {
  const late = open();
  await late.states([refOf(configMap("apps", "d"))]);
  await apply(web);
  expect((await late.preview(ours(configMap("apps", "d")), force)).action).toBe("unchanged");
  await late.waitReady([refOf(configMap("apps", "d"))], { timeoutMs: 1 });
});

describe("states and dependents", () => {
  test("an object is ready when it is there", async () => {
    await apply(web);
    const present = refOf(configMap("apps", "d"));
    const missing = refOf(configMap("apps", "nope"));
    expect((await open().states([present, missing])).map(({ state }) => state)).toEqual(["current", "absent"]);
    const options = { timeoutMs: 1 };
    await open().waitReady([present], options);
    await open().waitGone([missing], options);
    expect(await catchError(open().waitReady([missing], options))).toBeInstanceOf(WaitError);
    expect(await catchError(open().waitGone([present], options))).toBeInstanceOf(WaitError);
    const { instances } = await bundleStatus("web", open());
    expect(instances.flatMap(({ entries }) => entries.map(({ state }) => state.state))).toEqual(
      Array(7).fill("current"),
    );
  });

  test("custom resources of a definition are found, whoever's they are", async () => {
    const crd = definition("x.example", "Widget");
    const widget = object("x.example/v1", "Widget", "w", "tools");
    const gadget = object("x.example/v1", "Gadget", "g", "tools");
    await apply(bundle("crds", instance("crds", "apps", [crd, definition("x.example", "Gadget")])));
    await apply(bundle("user", instance("u", "tools", [widget, gadget])));
    expect(await open().listCustomResources([refOf(crd)])).toEqual([refOf(widget)]);
    expect(await open().listCustomResources([refOf(definition("y.example", "Y"))])).toEqual([]);
    const error = await catchError(deleteBundle("crds", open(), { now }));
    expect(error.message).toContain("Widget/tools/w");
  });

  test("an object without an instance's labels has no place", async () => {
    expect(await catchError(open().apply(configMap("apps", "a"), force))).toMatchObject({ code: "invalid-object" });
  });

  test("deleting what is not there, or is not ours, deletes nothing", async () => {
    await mkdir(join(root, "apps", "one"), { recursive: true });
    const path = join(root, "apps", "one", "v1_configmap_a.yaml");
    await writeFile(path, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps}\n");
    const ref: ObjectRef = refOf(configMap("apps", "a"));
    expect(await open().delete(ref)).toBe(false);
    expect((await lstat(path)).isFile()).toBe(true);
    expect(await open().delete({ ...ref, name: "none" })).toBe(false);
  });

  test("a folder that cannot be read is told as such", async () => {
    await mkdir(join(root, "apps", "one", ".sheaf-record"), { recursive: true });
    expect(await catchError(open().listRecords({}))).toBeInstanceOf(TargetError);
  });
});

describe("a folder that somebody has worked on", () => {
  const secret = object("v1", "Secret", "s", "apps", { stringData: { token: "t" } });
  const web = bundle("web", instance("one", "apps", [configMap("apps", "a"), configMap("apps", "b"), secret]));

  test("has narrow modes again after the next apply, as after a clone of its repository", async () => {
    await apply(web);
    for (const name of ["v1_secret_s.yaml", ".sheaf-record"]) await chmod(join(root, "apps", "one", name), 0o644);
    const { changed } = await applyBundle(web, open(), { now, dryRun: true });
    expect([changed, await modeOf("apps", "one", "v1_secret_s.yaml")]).toEqual([false, "644"]);
    expect((await apply(web)).changed).toBe(false);
    const names = ["v1_secret_s.yaml", ".sheaf-record", "v1_configmap_a.yaml"];
    expect(await Promise.all(names.map((name) => modeOf("apps", "one", name)))).toEqual(["600", "600", "644"]);
  });

  test("keeps what a delete does not know, and the delete says so", async () => {
    await apply(web);
    const path = (name: string) => join(root, "apps", "one", name);
    const edit = async (name: string, from: string, to: string) =>
      writeFile(path(name), (await readFile(path(name), "utf8")).replace(from, to));
    await edit("v1_configmap_a.yaml", "instance.timoni.sh/name: one", "mine: 'yes'");
    await edit("v1_configmap_b.yaml", "name: b", "name: other");
    await writeFile(path("notes.txt"), "mine\n");
    const warnings: string[] = [];
    await deleteBundle("web", open(), {
      now,
      onEvent: (event) => event.type === "warning" && warnings.push(event.message),
    });
    const left = ["notes.txt", "v1_configmap_a.yaml", "v1_configmap_b.yaml"].map((name) => `apps/one/${name}`);
    expect(warnings.sort()).toEqual(
      left.map(
        (file) => `instance "one": ${file} is left, since it is no object that was recorded, or was changed by hand`,
      ),
    );
    expect((await tree()).filter((file) => file.startsWith("apps/one/"))).toEqual(left);
  });
});
