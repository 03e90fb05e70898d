import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type FakeApi, failure, startFakeApi } from "../engine/target/kubernetes/fake-api.js";
import { sheaf, tempDir } from "../support/run-cli.js";

const runtime = `runtime: {
	apiVersion: "v1alpha1"
	name:       "fleet"
	clusters: {
		"preview-eu-1": {group: "staging", kubeContext: "one"}
		"prod-eu-1": {group: "production", kubeContext: "two"}
		"preview-us-1": {group: "staging", kubeContext: "two"}
	}
	values: [{
		query: "k8s:v1:Secret:infra:auth"
		for: {TOKEN: "obj.data.token", REPLICAS: "len(obj.metadata.labels)"}
	}]
}
`;
const bundle = `bundle: {
	_cluster: string @timoni(runtime:string:TIMONI_CLUSTER_NAME)
	_group: string @timoni(runtime:string:TIMONI_CLUSTER_GROUP)
	apiVersion: "v1alpha1"
	name: "apps"
	instances: web: {
		module: url: "file://./web"
		namespace: "apps"
		values: {
			replicas: 1 @timoni(runtime:number:REPLICAS)
			message: "\\(_token) on \\(_cluster)"
			if _group == "production" {port: 8080}
		}
	}
	_token: string @timoni(runtime:string:TOKEN)
}
`;

/** A cluster that has one Secret, and counts what it is asked. */
async function startCluster(token: string | undefined): Promise<FakeApi> {
  const resources = [{ name: "secrets", singularName: "", namespaced: true, kind: "Secret", verbs: ["get", "list"] }];
  const data = { token: Buffer.from(token ?? "").toString("base64") };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "auth", namespace: "infra", labels: { a: "1", b: "2" } },
    data,
  };
  const api = await startFakeApi(
    ({ path }) => {
      if (path === "/version") return { json: { gitVersion: "v1.35.0" } };
      if (path === "/api") return { json: { kind: "APIVersions", versions: ["v1"] } };
      if (path === "/api/v1") return { json: { kind: "APIResourceList", groupVersion: "v1", resources } };
      if (path.endsWith("/secrets/auth") && token !== undefined) return { json: secret };
      return failure(404, "NotFound", "not found");
    },
    { plain: true },
  );
  onTestFinished(() => api.close());
  return api;
}

let cwd: string;
const run = (line: string, stdin?: string) =>
  sheaf([...line.split(" "), "--kubeconfig", join(cwd, "config")], { cwd, ...(stdin !== undefined && { stdin }) });
const ok = async (line: string) => {
  const result = await run(line);
  expect(result.code, `${line}: ${result.stderr}`).toBe(0);
  return result;
};
const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
const read = (name: string) => readFileSync(join(cwd, name), "utf8");

/** Makes contexts `one` and `two` in the kubeconfig of the test. */
async function connect(one: string | undefined, two: string | undefined): Promise<FakeApi[]> {
  const clusters = [await startCluster(one), await startCluster(two)];
  const named = ["one", "two"].map((name, i) => ({ name, cluster: { server: clusters[i]?.url } }));
  const contexts = ["one", "two"].map((name) => ({ name, context: { cluster: name, user: "me" } }));
  const config = { clusters: named, contexts, users: [{ name: "me", user: {} }], "current-context": "one" };
  write("config", JSON.stringify(config));
  return clusters;
}

beforeEach(async () => {
  cwd = tempDir();
  await sheaf(["mod", "init", "web"], { cwd });
  write("runtime.cue", runtime);
  write("bundle.cue", bundle);
});

describe("runtime build", () => {
  test("shows which values every cluster has, in the file's order", async () => {
    await connect("first-token", "second-token");
    const values = (name: string, group: string) =>
      `${name}:\n  TIMONI_CLUSTER_NAME: ${name}\n  TIMONI_CLUSTER_GROUP: ${group}\n  REPLICAS: "***"\n  TOKEN: "***"\n`;
    const { stdout } = await ok("runtime build -f runtime.cue");
    expect(stdout).toBe(
      values("preview-eu-1", "staging") + values("prod-eu-1", "production") + values("preview-us-1", "staging"),
    );
    const shown = await ok("runtime build -f runtime.cue --cluster PROD-eu-1 --show-secrets -o json");
    expect(JSON.parse(shown.stdout)).toEqual({
      "prod-eu-1": {
        TIMONI_CLUSTER_NAME: "prod-eu-1",
        TIMONI_CLUSTER_GROUP: "production",
        REPLICAS: "2",
        TOKEN: "second-token",
      },
    });
  });

  test("tells of each cluster that lacks something, and shows the others", async () => {
    await connect("first-token", undefined);
    const { code, stdout, stderr } = await run("runtime build -f runtime.cue");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^preview-eu-1:\n/);
    expect(stdout).not.toContain("prod-eu-1");
    expect(stderr).toContain("preview-us-1 | error: runtime.cue:10:10: context two (http://127.0.0.1:");
    expect(stderr).toContain("prod-eu-1 |    10 | \t\tquery: ");
    expect(stderr).toContain("has no Secret/infra/auth; make it, or say optional: true");
    expect(stderr).toContain("not all clusters are done (failed: preview-us-1, prod-eu-1; done: preview-eu-1)");
  });

  test("takes the current context where the file names no clusters", async () => {
    await connect("first-token", undefined);
    write("one.cue", runtime.replace(/clusters: \{[\s\S]*?\n\t\}/, "clusters: {}"));
    const { stdout } = await ok("runtime build -f one.cue --show-secrets");
    expect(stdout).toBe('REPLICAS: "2"\nTOKEN: first-token\n');
  });
});

describe("bundle commands with a runtime file", () => {
  test("apply group by group, below a folder per cluster, with every line named", async () => {
    const clusters = await connect("first-token", "second-token");
    const { stdout } = await ok("bundle apply -f bundle.cue -r runtime.cue --target dir:out");
    const named = stdout.split("\n").filter((line) => line !== "");
    expect(named.filter((line) => !/^(preview-eu-1|preview-us-1|prod-eu-1) \| /.test(line))).toEqual([]);
    const order = named.map((line) => line.split(" ")[0]);
    expect([...new Set(order)]).toEqual(["preview-eu-1", "preview-us-1", "prod-eu-1"]);
    expect(order.indexOf("prod-eu-1")).toBeGreaterThan(order.lastIndexOf("preview-us-1"));
    const deployment = (cluster: string) => read(`out/${cluster}/apps/web/apps_v1_deployment_web.yaml`);
    expect(deployment("preview-eu-1")).toContain("value: first-token on preview-eu-1");
    expect(deployment("prod-eu-1")).toContain("value: second-token on prod-eu-1");
    expect(deployment("prod-eu-1")).toContain("replicas: 2");
    expect(read("out/prod-eu-1/apps/web/v1_service_web.yaml")).toContain("port: 8080");
    expect(read("out/preview-us-1/apps/web/v1_service_web.yaml")).toContain("port: 80\n");
    expect(clusters.map(({ seen }) => seen.filter(({ path }) => path.endsWith("/secrets/auth")).length)).toEqual([
      1, 2,
    ]);
  });

  test("never show a value of a cluster", async () => {
    await connect("first-token", "second-token");
    const flags = "-f bundle.cue -r runtime.cue";
    const outputs = [
      await ok(`bundle vet ${flags} --print-value`),
      await ok(`bundle build ${flags} --runtime-cluster prod-eu-1 --mask-secrets`),
      await run(`bundle diff ${flags} --target dir:out`),
      await ok(`bundle apply ${flags} --target dir:out -o json`),
      await run(`bundle apply ${flags} --target dir:out --diff`),
      await ok(`bundle status ${flags} --target dir:out`),
    ];
    for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toMatch(/first-token|second-token/);
    expect(outputs[1]?.stdout).toMatch(/^---\napiVersion: v1\n/);
    expect(outputs[0]?.stdout).toContain('"prod-eu-1": bundle: {\n');
    expect(outputs[0]?.stdout).toMatch(/message: +"\*\*\*"/);
  });

  test("tell in JSON lines which cluster each is about", async () => {
    await connect("first-token", "second-token");
    const lines = async (line: string) =>
      (await run(`${line} -r runtime.cue --target dir:out -o json`)).stdout
        .trim()
        .split("\n")
        .map((each) => JSON.parse(each));
    const applied = await lines("bundle apply -f bundle.cue");
    expect(
      applied.every(({ cluster, group, type }) => [cluster, group, type].every((each) => each !== undefined)),
    ).toBe(true);
    expect(await lines("bundle status apps")).toMatchObject([
      { cluster: "preview-eu-1", group: "staging", bundle: "apps", instances: [{ name: "web" }] },
      { cluster: "preview-us-1" },
      { cluster: "prod-eu-1", group: "production" },
    ]);
    expect(await lines("bundle diff -f bundle.cue")).toMatchObject([
      { cluster: "preview-eu-1", changed: false },
      {},
      {},
    ]);
  });

  test("stop at the first group that fails, and say so", async () => {
    await connect("first-token", undefined);
    const { code, stdout, stderr } = await run("bundle apply -f bundle.cue -r runtime.cue --target dir:out -o json");
    expect(code).toBe(1);
    expect(existsSync(join(cwd, "out/preview-eu-1"))).toBe(true);
    expect(existsSync(join(cwd, "out/prod-eu-1"))).toBe(false);
    const ends = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === "failed" || type === "skipped");
    expect(ends).toEqual([
      expect.objectContaining({ cluster: "preview-us-1", type: "failed", code: "object-not-found" }),
      { cluster: "prod-eu-1", group: "production", type: "skipped" },
    ]);
    expect(stderr).toContain("(failed: preview-us-1; done: preview-eu-1; not begun: prod-eu-1)");
  });

  test.each([
    { title: "between two clusters", after: "preview-eu-1 |   web: 2 created", begun: [true, false] },
    { title: "within a cluster", after: "preview-us-1 | [1/1] install", begun: [true, true] },
  ])("are interrupted $title: no other is begun", async ({ after, begun }) => {
    await connect("first-token", "second-token");
    const line = "bundle apply -f bundle.cue -r runtime.cue --target dir:out";
    const { code, stdout, stderr } = await sheaf([...line.split(" "), "--kubeconfig", join(cwd, "config")], {
      cwd,
      stopAfter: (printed) => printed.startsWith(after),
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/interrupted; the same command goes on[^\n]*\n$/)]);
    expect(["preview-eu-1", "preview-us-1"].map((name) => stdout.includes(`${name} | `))).toEqual(begun);
    expect(stdout).not.toContain("prod-eu-1");
    await ok(line);
  });

  test("a dry run goes on after a failure", async () => {
    await connect(undefined, "second-token");
    const { code, stdout, stderr } = await run("bundle apply -f bundle.cue -r runtime.cue --target dir:out --dry-run");
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("(failed: preview-eu-1; done: preview-us-1, prod-eu-1)"),
    ]);
    expect(stdout).toContain("prod-eu-1 |   web: 2 created (dry run)");
    const empty = await run("bundle apply -f bundle.cue -r runtime.cue --target dir:");
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining("--target dir: needs a path")]);
  });

  test("delete goes on over clusters that are done, and needs no values for the name", async () => {
    await connect("first-token", "second-token");
    await ok("bundle apply -f bundle.cue -r runtime.cue --target dir:out");
    await ok("bundle delete apps -r runtime.cue --runtime-cluster preview-eu-1 --target dir:out");
    write("runtime.cue", runtime.replace("infra:auth", "infra:gone"));
    const again = await ok("bundle delete -f bundle.cue -r runtime.cue --target dir:out");
    expect(again.stderr).toContain('preview-eu-1 | there is no instance of bundle "apps"');
    expect(again.stdout).toContain("prod-eu-1 | bundle apps: web deleted");
    expect(existsSync(join(cwd, "out/prod-eu-1/apps/web"))).toBe(false);
    expect((await run("bundle delete apps -r runtime.cue --target dir:out")).code).toBe(1);
  });

  test("the lock has the modules of all clusters", async () => {
    await connect("first-token", "second-token");
    await sheaf(["mod", "init", "api"], { cwd });
    write(
      "bundle.cue",
      `${bundle}bundle: instances: {if bundle._group == "production" {api: {module: url: "file://./api", namespace: "apps"}}}\n`,
    );
    await ok("bundle lock -f bundle.cue -r runtime.cue");
    expect([...read("bundle.lock").matchAll(/url: (.*)/g)].map(([, url]) => url)).toEqual([
      "file://./api",
      "file://./web",
    ]);
    await ok("bundle apply -f bundle.cue -r runtime.cue --locked --target dir:out");
  });

  test("build writes the objects of every cluster, or prints those of one", async () => {
    await connect("first-token", "second-token");
    await ok("bundle build -f bundle.cue -r runtime.cue --output-dir objects");
    expect(read("objects/prod-eu-1/web/apps_v1_deployment_web.yaml")).toContain("second-token on prod-eu-1");
    const { code, stderr } = await run("bundle build -f bundle.cue -r runtime.cue");
    expect([code, stderr]).toEqual([2, expect.stringContaining("print the objects of one with --runtime-cluster")]);
  });

  test("the runtime file wins over the environment, and a bundle comes from standard input", async () => {
    await connect("first-token", "second-token");
    const line = "bundle build -f - -r runtime.cue --runtime-cluster prod-eu-1 --runtime-from-env";
    const { stdout } = await sheaf([...line.split(" "), "--kubeconfig", join(cwd, "config")], {
      cwd,
      stdin: bundle,
      env: { TOKEN: "from-env", REPLICAS: "9" },
    });
    expect(stdout).toContain("value: second-token on prod-eu-1");
    const twice = await run("bundle build -f - -r -", bundle);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("can be read once")]);
  });

  test.each([
    ["-r runtime.cue --runtime-cluster prod-eu", 1, 'has no cluster "prod-eu"; did you mean "prod-eu-1"?'],
    ["-r runtime.cue --runtime-group prod", 1, 'has no group "prod"; it has: staging, production'],
    ["--runtime-cluster prod-eu-1", 2, "--runtime-cluster selects clusters of a runtime file"],
    ["-r runtime.cue --kube-context one", 2, "--kube-context would send everything to one cluster"],
    ["-r runtime.cue --parallel 0", 2, "--parallel: expected a number of clusters, 1 or more"],
    ["-r runtime.cue --parallel x", 2, "--parallel: expected a number of clusters, 1 or more"],
    ["-r missing.cue", 1, "missing.cue: there is no such file"],
    ["-r bundle.cue", 1, 'there is no field "runtime"'],
    ["-r other.cue", 1, 'other.cue:6:54: cluster "prod-eu-1": kubeconfig'],
  ])("refuse %s", async (flags, code, message) => {
    const clusters = await connect("first-token", "second-token");
    write(
      "other.cue",
      runtime
        .replace('"production", kubeContext: "two"', '"production", kubeContext: "tow"')
        .replace('"prod-eu-1": {', '"prod-eu-1":    {'),
    );
    const result = await run(`bundle apply -f bundle.cue --target kubernetes ${flags}`);
    expect(result).toEqual({ code, stdout: "", stderr: expect.stringContaining(message) });
    expect(clusters.flatMap(({ seen }) => seen)).toEqual([]);
  });
});
