import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { api, create, get, newNamespace, sheaf, uniqueName, until } from "./cluster.js";

const dir = mkdtempSync(join(tmpdir(), "sheaf-narrow-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(dir, path, ".."), { recursive: true });
  writeFileSync(join(dir, path), text);
}

test("a user with rights in two namespaces applies, looks at and deletes a bundle in them", async () => {
  const namespaces = [await newNamespace("narrow-a"), await newNamespace("narrow-b")];
  for (const ns of namespaces) {
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}`;
    const rules = [{ apiGroups: [""], resources: ["secrets", "configmaps"], verbs: ["*"] }];
    await create({ metadata: { name: "narrow" }, rules }, `${rbac}/roles`);
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "narrow" };
    const subjects = [{ kind: "User", name: "jane" }];
    await create({ metadata: { name: "narrow" }, roleRef, subjects }, `${rbac}/rolebindings`);
  }
  write("app/module.yaml", "apiVersion: sheaf/v1\nkind: Module\nname: app\ndescription: A ConfigMap\n");
  write("app/values.schema.json", '{"type": "object", "properties": {}, "additionalProperties": false}');
  write(
    "app/templates/config.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\n  namespace: {{instance.namespace}}\ndata:\n  a: b\n",
  );
  const instances = namespaces.map(
    (ns, i) => `    app${i}: {module: url: "file://${dir}/app", namespace: "${ns}", values: {}}\n`,
  );
  write(
    "bundle.cue",
    `bundle: {\n  apiVersion: "v1alpha1"\n  name: "narrow"\n  instances: {\n${instances.join("")}  }\n}\n`,
  );
  const file = join(dir, "bundle.cue");
  const jane = (...args: string[]) => sheaf([...args, "--kube-context", "jane"]);
  const flags = namespaces.flatMap((ns) => ["--instance-namespace", ns]);
  const configMaps = () => Promise.all(namespaces.map((ns, i) => get(`/api/v1/namespaces/${ns}/configmaps/app${i}`)));

  const applied = await until("jane's rights", async () => {
    const run = await jane("bundle", "apply", "-f", file);
    return run.code === 0 || !run.stderr.includes("not allowed") ? run : undefined;
  });
  expect(applied.code, applied.stderr).toBe(0);
  expect(applied.stdout).toContain(`namespaces ${namespaces.join(", ")} only: instances elsewhere are not seen`);
  expect(await configMaps()).toEqual([expect.anything(), expect.anything()]);

  const byName = await jane("bundle", "delete", "narrow");
  expect(byName).toMatchObject({ code: 1, stderr: expect.stringContaining("say with --instance-namespace where") });
  const oneOnly = await jane(
    "bundle",
    "delete",
    "narrow",
    "--instance-namespace",
    namespaces[0] ?? "",
    "--instance-namespace",
    "default",
  );
  expect(oneOnly).toMatchObject({ code: 1, stderr: expect.stringContaining("instance records in default") });
  expect(await configMaps()).toEqual([expect.anything(), expect.anything()]);

  const status = await jane("bundle", "status", "narrow", ...flags);
  expect(status.code, status.stderr).toBe(0);
  expect(status.stdout).toMatch(/app0 in .*app1 in /s);
  const list = await jane("list", "-n", namespaces[1] ?? "");
  expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining("app1"), stderr: "" });

  const deleted = await jane("bundle", "delete", "narrow", ...flags);
  expect(deleted.code, deleted.stderr).toBe(0);
  expect(await configMaps()).toEqual([undefined, undefined]);
});

/** Gives jane rights in a namespace, and waits until the server knows of them. */
async function allow(ns: string, resources: readonly string[], verbs: readonly string[]): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}`;
  const name = uniqueName("jane");
  await create(
    { metadata: { name }, rules: [{ apiGroups: [""], resources: [...resources], verbs: [...verbs] }] },
    `${rbac}/roles`,
  );
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  await create({ metadata: { name }, roleRef, subjects: [{ kind: "User", name: "jane" }] }, `${rbac}/rolebindings`);
  await until("jane's rights", async () => {
    const attributes = { namespace: ns, resource: resources[0] ?? "", verb: verbs[0] ?? "" };
    const { body } = await api(
      "POST",
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      { spec: { resourceAttributes: attributes } },
      { as: "jane" },
    );
    return JSON.stringify(body).includes('"allowed":true');
  });
}

test("what a user may not do is told by verb, resource and namespace, before the first write", async () => {
  const ns = await newNamespace("narrow-verbs");
  await allow(ns, ["secrets"], ["get", "list"]);
  const name = uniqueName("verbs");
  const bundleOf = (...suffixes: readonly string[]) => {
    const maps = suffixes.map(
      (suffix) => `    ${suffix}: {module: url: "file://${dir}/app", namespace: "${ns}", values: {}}\n`,
    );
    write(
      "verbs.cue",
      `bundle: {\n  apiVersion: "v1alpha1"\n  name: "${name}"\n  instances: {\n${maps.join("")}  }\n}\n`,
    );
    return join(dir, "verbs.cue");
  };
  const jane = (...args: string[]) => sheaf([...args, "--kube-context", "jane"]);
  const flags = ["--instance-namespace", ns];
  const applied = (...more: string[]) =>
    jane("bundle", "apply", "-f", bundleOf("one", "two"), "--no-create-namespace", ...more);

  const cannot = (verb: string, resource: string) =>
    `User "jane" cannot ${verb} resource "${resource}" in API group "" in the namespace "${ns}"`;
  const first = await applied();
  expect(first).toMatchObject({ code: 1, stderr: expect.stringContaining(cannot("patch", "configmaps")) });
  await allow(ns, ["configmaps"], ["get", "list", "create", "patch"]);
  const second = await applied();
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(cannot("create", "secrets")) });
  expect(await get(`/api/v1/namespaces/${ns}/configmaps/one`)).toBeUndefined();
  await allow(ns, ["secrets"], ["create", "update"]);
  expect(await applied()).toMatchObject({ code: 0 });

  const pruning = () =>
    jane("bundle", "apply", "-f", bundleOf("one"), "--no-create-namespace", "--prune-instances", "--atomic");
  expect(await pruning()).toMatchObject({ code: 1, stderr: expect.stringContaining(cannot("delete", "configmaps")) });
  expect(await jane("bundle", "delete", name, ...flags)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(cannot("delete", "configmaps")),
  });
  expect((await get(`/api/v1/namespaces/${ns}/secrets/timoni.two`))?.metadata.annotations).toEqual({
    "sheaf/order": "1",
  });
  await allow(ns, ["configmaps", "secrets"], ["delete"]);
  const pruned = await pruning();
  expect(pruned.code, pruned.stderr).toBe(0);
  expect(await get(`/api/v1/namespaces/${ns}/configmaps/two`)).toBeUndefined();
  expect(await jane("bundle", "delete", name, ...flags)).toMatchObject({ code: 0 });
});
