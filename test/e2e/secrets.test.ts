import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { newNamespace, patch, type RunResult, remove, sheaf, uniqueName } from "./cluster.js";

// A marker in every place where a secret can stand is in nothing that the command tells: output, events, errors that quote the
// server, files that it keeps. (The environment is how secrets come in, so no argument of a process holds one.)

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
write("app/values.schema.json", JSON.stringify({ type: "object", properties, additionalProperties: false }));
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
  const told = [...runs.map(([what, { stdout, stderr }]): [string, string] => [what, stdout + stderr]), ...kept];
  const marks = positions.flatMap((position) => [1, 2, 3].flatMap((revision) => traces(marker(position, revision))));
  const leaks = told.flatMap(([what, text]) =>
    [...marks, "m4rk"].filter((mark) => text.includes(mark)).map((mark) => `${what}: ${mark}`),
  );
  expect(leaks).toEqual([]);
  expect(told.some(([, text]) => text.includes("*** (after)"))).toBe(true);
  process.stderr.write(
    `secrets: ${positions.length} positions, ${marks.length} forms, ${runs.length} runs, ${kept.length} files kept, ${leaks.length} found\n`,
  );
});
