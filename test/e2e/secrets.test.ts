import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cluster, newNamespace, patch, type RunResult, remove, sheaf, uniqueName } from "./cluster.js";
import { users } from "./control-plane/start.js";
import { watchArguments } from "./process-arguments.js";
import { startRegistry, startTokenService } from "./registry.js";

// A marker in every place where a secret can stand is in nothing that the command tells: output, events, errors that quote the
// server, files that it keeps, arguments of its process and of those that it starts.

const dir = mkdtempSync(join(tmpdir(), "sheaf-secrets-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, text: string): string {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
  return join(dir, path);
}

const positions = ["data", "stringData", "env", "arg", "annotation", "configKey", "configText", "json", "pem"] as const;
const marker = (position: string, revision: number) => `m4rk"${position}\\${revision}!ü`;
/** What a marker looks like wherever it may turn up: in part, in base64, in a URL, in JSON. */
const traces = (text: string) => [
  text,
  JSON.stringify(text).slice(1, -1),
  encodeURIComponent(text),
  Buffer.from(text).toString("base64").replace(/=+$/, ""),
];

write("app/module.yaml", "apiVersion: sheaf/v1\nkind: Module\nname: app\ndescription: Secrets in all places\n");
const properties = Object.fromEntries(positions.map((position) => [position, { type: "string" }]));
write(
  "app/values.schema.json",
  JSON.stringify({ type: "object", properties, required: [...positions], additionalProperties: false }),
);
const metadata = (name: string) => `metadata:\n  name: ${name}\n  namespace: {{instance.namespace}}\n`;
write(
  "app/templates/secret.yaml",
  `apiVersion: v1\nkind: Secret\n${metadata("s")}immutable: true\nstringData:\n  token: {{values.data}}\n  other: {{values.stringData}}\n`,
);
write(
  "app/templates/config.yaml",
  `apiVersion: v1\nkind: ConfigMap\n${metadata("c")}data:\n  text: "a {{values.configText}} b"\n  json: '{"a": "{{values.json}}"}'\n  pem: {{values.pem}}\n  key: {{values.configKey}}\n`,
);
write(
  "app/templates/deployment.yaml",
  `apiVersion: apps/v1\nkind: Deployment\n${metadata("d")}  annotations:\n    note: {{values.annotation}}\nspec:\n  selector:\n    matchLabels: {app: d}\n  template:\n    metadata:\n      labels: {app: d}\n    spec:\n      containers:\n        - name: main\n          image: nginx:1\n          args: ["--token={{values.arg}}"]\n          env:\n            - {name: TOKEN, value: "{{values.env}}"}\n`,
);

test("no secret is in anything that a run tells or keeps", async () => {
  const ns = await newNamespace("secrets");
  const name = uniqueName("secrets");
  const values = positions.map(
    (position) => `      ${position}: string @timoni(runtime:string:${position.toUpperCase()})\n`,
  );
  const file = write(
    "bundle.cue",
    `bundle: {\n  apiVersion: "v1alpha1"\n  name: "${name}"\n  instances: app: {\n    module: url: "file://${dir}/app"\n    namespace: "${ns}"\n    values: {\n${values.join("")}    }\n  }\n}\n`,
  );
  const cache = join(dir, "cache");
  const env = (revision: number) => ({
    XDG_CACHE_HOME: cache,
    ...Object.fromEntries(positions.map((position) => [position.toUpperCase(), marker(position, revision)])),
  });
  const stopWatching = watchArguments();
  const runs: [what: string, run: RunResult][] = [];
  const run = async (code: number, revision: number, ...args: string[]): Promise<void> => {
    const result = await sheaf(args, { env: env(revision) });
    runs.push([args.join(" "), result]);
    expect([args.join(" "), result.code, result.code === code ? "" : result.stderr]).toEqual([
      args.join(" "),
      code,
      "",
    ]);
  };
  const apply = (...flags: string[]) => [
    "bundle",
    "apply",
    "-f",
    file,
    "--runtime-from-env",
    "--timeout",
    "20s",
    ...flags,
  ];
  const diff = (...flags: string[]) => ["bundle", "diff", "-f", file, "--runtime-from-env", ...flags];

  await run(0, 1, "bundle", "vet", "-f", file, "--runtime-from-env", "--print-value");
  await run(0, 1, "bundle", "build", "-f", file, "--runtime-from-env", "--mask-secrets");
  await run(3, 1, ...diff());
  await run(3, 1, ...apply("--diff", "-o", "json"));
  await run(0, 1, ...apply("-o", "json"));
  await run(0, 1, ...apply());
  // The Secret is immutable: the server quotes what it was sent.
  await run(1, 2, ...apply());
  await run(1, 2, ...apply("--atomic", "-o", "json"));
  await run(3, 2, ...diff("--force", "-o", "json"));
  await run(3, 2, ...diff("--force"));
  await run(0, 2, ...apply("--force", "--atomic"));
  await patch(`/api/v1/namespaces/${ns}/configmaps/c`, { metadata: { finalizers: ["example.org/hold"] } });
  await run(0, 2, "bundle", "status", name, "-o", "json");
  await run(0, 2, "list", "-n", ns);
  await run(1, 2, "bundle", "delete", name, "--timeout", "500ms", "-o", "json");
  await run(1, 3, ...apply());
  await patch(`/api/v1/namespaces/${ns}/configmaps/c`, { metadata: { finalizers: null } });
  await run(0, 3, "bundle", "delete", name, "--timeout", "20s");
  await run(1, 3, ...apply("--kube-as", "nobody"));
  await remove(`/api/v1/namespaces/${ns}`);

  const kept = readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((path) => join(dir, path))
    .filter((path) => statSync(path).isFile())
    .map((path): [string, string] => [path, readFileSync(path, "utf8")]);
  const lines = [...(await stopWatching())];
  expect(lines.filter((line) => line.includes("--atomic"))).not.toEqual([]);
  const told = [
    ...runs.map(([what, { stdout, stderr }]): [string, string] => [what, stdout + stderr]),
    ...kept,
    ...lines.map((line): [string, string] => [line, line]),
  ];
  const marks = positions.flatMap((position) => [1, 2, 3].flatMap((revision) => traces(marker(position, revision))));
  const leaks = told.flatMap(([what, text]) =>
    [...marks, "m4rk"].filter((mark) => text.includes(mark)).map((mark) => `${what}: ${mark}`),
  );
  expect(leaks).toEqual([]);
  expect(told.some(([, text]) => text.includes("*** (after)"))).toBe(true);
  process.stderr.write(
    `secrets: ${positions.length} positions, ${marks.length} forms, ${runs.length} runs, ${kept.length} files kept, ${lines.length} command lines, ${leaks.length} found\n`,
  );
});

test("no credential is in the arguments of a process, or in anything else that a run tells", async () => {
  const given = mkdtempSync(join(tmpdir(), "sheaf-given-"));
  const ns = await newNamespace("credentials");
  const password = marker("password", 1);
  const service = await startTokenService(password);
  const registry = await startRegistry(given, "closed", { tokenRealm: service.realm });
  try {
    const giveScript = (name: string, lines: string) =>
      writeFileSync(join(given, name), `#!/bin/sh\nsleep 0.1\n${lines}\n`, { mode: 0o755 });
    writeFileSync(join(given, "secret.json"), JSON.stringify({ Username: "me", Secret: password }));
    giveScript("docker-credential-mark", `case $1 in get) cat ${given}/secret.json;; *) cat >/dev/null;; esac`);
    writeFileSync(join(given, "config.json"), JSON.stringify({ credsStore: "mark" }));
    const apiVersion = "client.authentication.k8s.io/v1";
    const { token } = users.admin;
    writeFileSync(join(given, "token.json"), JSON.stringify({ apiVersion, kind: "ExecCredential", status: { token } }));
    giveScript("plugin", `cat ${given}/token.json`);
    const exec = {
      apiVersion,
      command: "./plugin",
      args: ["get-token"],
      interactiveMode: "Never",
      env: [{ name: "PLUGIN_SECRET", value: marker("plugin", 1) }],
    };
    const kubeconfig = {
      "current-context": "c",
      clusters: [{ name: "c", cluster: { server: cluster.server, "certificate-authority": cluster.caFile } }],
      users: [{ name: "u", user: { exec } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    };
    writeFileSync(join(given, "kubeconfig"), JSON.stringify(kubeconfig));
    const name = uniqueName("credentials");
    const url = `oci://${registry.host}/app`;
    const values = positions.map((position) => `${position}: string @timoni(runtime:string:${position.toUpperCase()})`);
    const file = write(
      "pulled.cue",
      `bundle: {apiVersion: "v1alpha1", name: "${name}", instances: app: {module: {url: "${url}", version: "1.0.0"}, namespace: "${ns}", values: {\n${values.join("\n")}\n}}}`,
    );
    const env = {
      PATH: `${given}:${process.env.PATH}`,
      DOCKER_CONFIG: given,
      KUBECONFIG: join(given, "kubeconfig"),
      XDG_CACHE_HOME: join(given, "cache"),
      ...Object.fromEntries(positions.map((position) => [position.toUpperCase(), marker(position, 1)])),
    };
    const stopWatching = watchArguments();
    const told: [string, string][] = [];
    const run = async (args: readonly string[], input = "") => {
      const { code, stdout, stderr } = await sheaf(args, { env, input });
      told.push([args.join(" "), stdout + stderr]);
      expect([args.join(" "), code, stderr]).toEqual([args.join(" "), 0, expect.anything()]);
    };
    await run(["registry", "login", registry.host, "-u", "me", "--password-stdin", "--registry-insecure"], password);
    await run(["mod", "push", join(dir, "app"), url, "--version", "1.0.0", "--registry-insecure"]);
    await run(["bundle", "apply", "-f", file, "--runtime-from-env", "--registry-insecure", "--timeout", "20s"]);
    await run(["bundle", "delete", name, "-o", "json", "--timeout", "20s"]);
    const lines = [...(await stopWatching())];
    for (const part of [
      "bundle apply",
      "docker-credential-mark store",
      "docker-credential-mark get",
      "plugin get-token",
    ])
      expect(lines.join("\n")).toContain(part);
    const marks = [token, "m4rk", ...traces(password)];
    const leaks = [...told, ...lines.map((line): [string, string] => [line, line])].flatMap(([what, text]) =>
      marks.filter((mark) => text.includes(mark)).map((mark) => `${what}: ${mark}`),
    );
    expect(leaks).toEqual([]);
    process.stderr.write(`credentials: ${told.length} runs, ${lines.length} command lines, ${leaks.length} found\n`);
  } finally {
    await registry.child.stop();
    service.close();
    await remove(`/api/v1/namespaces/${ns}`);
    rmSync(given, { recursive: true, force: true });
  }
});

test("neither the value that is sent nor the one that is there is in what the server's refusal tells", async () => {
  const ns = await newNamespace("quotes");
  const name = uniqueName("quotes");
  const noWait = "  annotations:\n    action.timoni.sh/wait: disabled\n";
  const pod = 'containers: [{name: main, image: never-ready, env: [{name: TOKEN, value: "{{values.env}}"}]}]';
  const objects = {
    pod: `apiVersion: v1\nkind: Pod\n${metadata("p")}${noWait}spec: {${pod}}\n`,
    job: `apiVersion: batch/v1\nkind: Job\n${metadata("j")}${noWait}spec: {template: {spec: {restartPolicy: Never, ${pod}}}}\n`,
    config: `apiVersion: v1\nkind: ConfigMap\n${metadata("c")}immutable: true\ndata: {a: "{{values.env}}"}\n`,
    service: `apiVersion: v1\nkind: Service\n${metadata("v")}spec: {ports: [{port: 80}], externalName: "{{values.bad}}", type: {{values.type}}}\n`,
  };
  write("quotes/module.yaml", "apiVersion: sheaf/v1\nkind: Module\nname: quotes\ndescription: What a server quotes\n");
  const properties = { env: { type: "string" }, bad: { type: "string" }, type: { type: "string" } };
  write("quotes/values.schema.json", JSON.stringify({ type: "object", properties, required: ["env", "bad", "type"] }));
  for (const [file, text] of Object.entries(objects)) write(`quotes/templates/${file}.yaml`, text);
  const bundleOf = (type: string) =>
    write(
      `quotes-${type}.cue`,
      `bundle: {apiVersion: "v1alpha1", name: "${name}", instances: app: {module: url: "file://${dir}/quotes", namespace: "${ns}", values: {env: string @timoni(runtime:string:ENV), bad: string @timoni(runtime:string:BAD), type: "${type}"}}}`,
    );
  const apply = (revision: number, type: string, ...flags: string[]) =>
    sheaf(["bundle", "apply", "-f", bundleOf(type), "--runtime-from-env", "--timeout", "20s", ...flags], {
      env: { ENV: marker("env", revision), BAD: `m4rk_${revision}.invalid_host` },
    });
  expect(await apply(1, "ClusterIP")).toMatchObject({ code: 0 });
  const runs = [await apply(2, "ExternalName"), await apply(2, "ExternalName", "-o", "json")];
  for (const { code, stdout, stderr } of runs) {
    expect(code).toBe(1);
    expect(stderr).toMatch(/Pod\/.*Job\/|Job\/.*Pod\//s);
    expect(stdout + stderr).not.toContain("m4rk");
  }
  await remove(`/api/v1/namespaces/${ns}`);
});
