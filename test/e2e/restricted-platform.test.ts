import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/engine/json/index.js";
import { api, create, get, list, newNamespace, remove, sheaf, uniqueName, until, untilGone } from "./cluster.js";
import { subnamespaceDefinition } from "./subnamespace-crd.js";

// Flux on a platform whose users have the ClusterRole admin in their namespaces, and may make Flux's definitions, but nothing
// else of the whole cluster. Namespaces come from the Hierarchical Namespace Controller, whose part the test plays.

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const rolesOfPlatform = ["e2e-flux-developer", "e2e-flux-definitions"];
const dir = mkdtempSync(join(tmpdir(), "sheaf-restricted-"));
const flux = uniqueName("flux-system");
const fluxAccount = `system:serviceaccount:${flux}:flux`;
let production = "";

beforeAll(async () => {
  production = await newNamespace("production");
  await create(subnamespaceDefinition, definitionsPath);
  // What the platform's feature for self-managed resources gives.
  const [developer = "", definitions = ""] = rolesOfPlatform;
  await create(
    {
      metadata: { name: developer, labels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } },
      rules: [
        { apiGroups: fluxGroups, resources: ["*"], verbs: ["*"] },
        { apiGroups: ["hnc.x-k8s.io"], resources: ["subnamespaceanchors"], verbs: ["*"] },
        { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
      ],
    },
    `${rbac}/clusterroles`,
  );
  await create(
    {
      metadata: { name: definitions },
      rules: [{ apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: ["*"] }],
    },
    `${rbac}/clusterroles`,
  );
  const subjects = [{ kind: "User", name: "jane" }];
  await create({ metadata: { name: definitions }, roleRef: clusterRole(definitions), subjects }, clusterBindings);
  await create({ metadata: { name: "extra-workload-admins" }, roleRef: clusterRole("admin"), subjects }, bindings());
  await until("jane is admin", () => may("jane", "create", "rbac.authorization.k8s.io", "rolebindings", production));
  await until("admins have Flux", () => may("jane", "create", "hnc.x-k8s.io", "subnamespaceanchors", production));
});

afterAll(async () => {
  for (const name of rolesOfPlatform) await remove(`${rbac}/clusterroles/${name}`);
  await remove(`${clusterBindings}/${rolesOfPlatform[1]}`);
  for (const namespace of [flux, production]) await remove(`/api/v1/namespaces/${namespace}`);
  await remove(`${definitionsPath}/${subnamespaceDefinition.metadata.name}`);
  await untilGone(`${definitionsPath}/${subnamespaceDefinition.metadata.name}`);
  rmSync(dir, { recursive: true, force: true });
});

const fluxGroups = ["source", "kustomize", "helm", "notification", "image"]
  .map((name) => `${name}.toolkit.fluxcd.io`)
  .concat("source.extensions.fluxcd.io");
const clusterBindings = `${rbac}/clusterrolebindings`;
const bindings = (namespace = production) => `${rbac}/namespaces/${namespace}/rolebindings`;
const clusterRole = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name });

/** Whether a user may do something, by the server's own word; without namespace, in the whole cluster. */
async function may(user: string, verb: string, group: string, resource: string, namespace = ""): Promise<boolean> {
  const spec = { user, resourceAttributes: { verb, group, resource, namespace } };
  const { body } = await api("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec });
  return isJsonObject(body) && isJsonObject(body.status) && body.status.allowed === true;
}

type Instance = Readonly<{ module: string; namespace: string; values: JsonObject }>;

/** A bundle as jane applies it. */
function apply(name: string, instances: Readonly<Record<string, Instance>>, ...flags: string[]) {
  const path = join(dir, `${name}.json`);
  const entries = Object.entries(instances).map(([key, { module, namespace, values }]) => [
    key,
    { module: { url: `oci://ghcr.io/stefanprodan/modules/${module}`, version: "2.9.4-0" }, namespace, values },
  ]);
  writeFileSync(
    path,
    JSON.stringify({ bundle: { apiVersion: "v1alpha1", name, instances: Object.fromEntries(entries) } }),
  );
  const fixed = ["--kube-context", "jane", "--no-create-namespace", "--timeout", "60s"];
  return sheaf(["bundle", "apply", "-f", path, ...fixed, ...flags]);
}

/** Makes the namespace that an anchor asks for, with the roles of its parent, as the Hierarchical Namespace Controller does. */
async function followAnchor(parent: string, name: string): Promise<void> {
  const anchor = await get(`/apis/hnc.x-k8s.io/v1alpha2/namespaces/${parent}/subnamespaceanchors/${name}`);
  expect(anchor).toBeDefined();
  await create({ metadata: { name } }, "/api/v1/namespaces");
  for (const { metadata, roleRef, subjects } of await list(bindings(parent))) {
    const own = { name: isJsonObject(metadata) ? String(metadata.name) : "" };
    await create({ metadata: own, roleRef: roleRef ?? null, subjects: subjects ?? [] }, bindings(name));
  }
}

test("a user without rights over the cluster installs Flux into a sub-namespace, bounded by her own rights", async () => {
  const aio = (values: JsonObject): Instance => ({ module: "flux-aio", namespace: flux, values });

  const prepared = await apply("platform", {
    definitions: { module: "flux-aio", namespace: production, values: { install: "definitions" } },
    production: {
      module: "flux-tenant",
      namespace: production,
      values: { createNamespaces: false, resourceQuota: { enabled: false }, subnamespaces: [flux] },
    },
  });
  expect(prepared.code, prepared.stderr).toBe(0);
  await followAnchor(production, flux);

  // Flux as it usually comes is refused, by name, with nothing written.
  const greedy = await apply("flux", { flux: aio({ install: "controllers", createNamespace: false }) });
  expect(greedy.code).toBe(1);
  expect(greedy.stderr).toMatch(/User "jane" cannot \w+ resource "clusterroles/);
  expect(await list(`/apis/apps/v1/namespaces/${flux}/deployments`)).toEqual([]);

  const controllers = aio({
    install: "controllers",
    createNamespace: false,
    watchAllNamespaces: false,
    hostNetwork: false,
    priorityClassName: "", // one of the system's needs a quota, which only the platform sets
    rbac: { scope: "namespace", namespaces: [production] },
    patches: [{ target: { kind: "Deployment" }, patch: "- op: add\n  path: /metadata/labels/team\n  value: apps\n" }],
  });
  const sync: Instance = {
    module: "flux-git-sync",
    namespace: flux,
    values: {
      git: {
        url: "ssh://git@git.example/org/fleet",
        branch: "main",
        path: "./clusters/one",
        ssh: { identity: "KEY", knownHosts: "git.example ssh-ed25519 AAAA" },
      },
      sync: { interval: 1, targetNamespace: production },
    },
  };
  const unbound = await apply("flux", {
    flux: aio({ ...controllers.values, rbac: { scope: "namespace", role: "flux-deployer" } }),
  });
  expect(unbound.code).toBe(1);
  expect(unbound.stderr).toContain(
    `RoleBinding/${flux}/flux-apply: ClusterRole/flux-deployer, which it binds, does not exist, and nothing in the bundle makes it`,
  );

  // The controllers' own Role and its RoleBinding come together: the server cannot try the one before it has the other.
  const installed = await apply("flux", { flux: controllers, fleet: sync }, "--no-wait");
  expect(installed.code, installed.stderr).toBe(0);

  expect((await get(`/apis/apps/v1/namespaces/${flux}/deployments/flux`))?.metadata.labels).toMatchObject({
    team: "apps",
  });
  const source = await get(`/apis/source.toolkit.fluxcd.io/v1/namespaces/${flux}/gitrepositories/fleet`);
  expect(source?.spec).toMatchObject({ secretRef: { name: "fleet" }, ref: { branch: "main" } });
  expect((await list(clusterBindings)).filter((each) => JSON.stringify(each).includes(flux))).toEqual([]);

  // Flux may deploy where jane may, and nowhere else.
  await until("Flux may deploy", () => may(fluxAccount, "create", "apps", "deployments", production));
  expect(await may(fluxAccount, "create", "apps", "deployments", flux)).toBe(true);
  expect(await may(fluxAccount, "get", "source.toolkit.fluxcd.io", "gitrepositories", flux)).toBe(true);
  expect(await may(fluxAccount, "create", "apps", "deployments", "default")).toBe(false);
  expect(await may(fluxAccount, "create", "rbac.authorization.k8s.io", "clusterroles")).toBe(false);

  const removed = (name: string, ...flags: string[]) => {
    const where = ["--instance-namespace", flux, "--instance-namespace", production];
    return sheaf(["bundle", "delete", name, ...where, "--delete-resources", "--timeout", "60s", ...flags]);
  };
  const deleted = await removed("flux", "--kube-context", "jane");
  expect(deleted.code, deleted.stderr).toBe(0);
  expect(await list(`/apis/apps/v1/namespaces/${flux}/deployments`)).toEqual([]);
  // What would go with the definitions, in namespaces of others, is not hers to see.
  const blind = await removed("platform", "--kube-context", "jane");
  expect(blind.code).toBe(1);
  expect(blind.stderr).toMatch(/in all namespaces: not allowed: User "jane" cannot list/);
  const seen = await removed("platform");
  expect(seen.code, seen.stderr).toBe(0);
  expect(await get(`${definitionsPath}/gitrepositories.source.toolkit.fluxcd.io`)).toBeUndefined();
});
