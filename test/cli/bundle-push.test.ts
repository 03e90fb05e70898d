import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { sheaf, tempDir } from "../support/run-cli.js";

let cwd: string;
const run = (line: string, env: Record<string, string> = {}) => sheaf(line.split(" "), { cwd, env });
const manifestOf = (digest: string) => JSON.parse(readFileSync(join(cwd, "out/blobs/sha256", digest.slice(7)), "utf8"));
const tags = () =>
  existsSync(join(cwd, "out/index.json"))
    ? JSON.parse(readFileSync(join(cwd, "out/index.json"), "utf8")).manifests.map(
        (each: { annotations: Record<string, string> }) => each.annotations["org.opencontainers.image.ref.name"],
      )
    : [];

beforeEach(async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  cwd = tempDir({ "key.pem": privateKey.export({ type: "pkcs8", format: "pem" }) });
  await sheaf(["mod", "init", "web"], { cwd });
});

describe("bundle push", () => {
  test("pushes what the bundle renders, under tags, the same every time", async () => {
    const line =
      "bundle push oci-layout:out:1.0.0 -f web/bundle.yaml -t latest -a org.opencontainers.image.revision=main@sha1:0 -o json";
    const { code, stdout, stderr } = await run(line, { SOURCE_DATE_EPOCH: "1700000000" });
    expect(code, stderr).toBe(0);
    const { digest, tag } = JSON.parse(stdout);
    expect([tag, tags()]).toEqual(["1.0.0", ["1.0.0", "latest"]]);
    expect(manifestOf(digest)).toMatchObject({
      config: { mediaType: "application/vnd.cncf.flux.config.v1+json" },
      annotations: {
        "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
        "org.opencontainers.image.revision": "main@sha1:0",
      },
    });
    expect(JSON.parse((await run(line, { SOURCE_DATE_EPOCH: "1700000000" })).stdout).digest).toBe(digest);
  });

  test("signs before a tag names it", async () => {
    const { code, stderr } = await run("bundle push oci-layout:out:1.0.0 -f web/bundle.yaml --sign --sign-key key.pem");
    expect(code, stderr).toBe(0);
    expect(tags()).toEqual([expect.stringMatching(/^sha256-\w{64}\.sig$/), "1.0.0"]);
  });

  test("refuses secrets in clear, unless they are wanted", async () => {
    const bundle = readFileSync(join(cwd, "web/bundle.yaml"), "utf8");
    writeFileSync(join(cwd, "web/bundle.yaml"), bundle.replace("Hello", "x @timoni(runtime:string:MESSAGE)"));
    const line = "bundle push oci-layout:out:1 -f web/bundle.yaml --runtime-from-env";
    const refused = await run(line, { MESSAGE: "from-the-runtime" });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/hold secrets in clear.*--with-secrets:\n {2}Deployment\/default\/web\n$/s);
    expect(tags()).toEqual([]);
    expect((await run(`${line} --with-secrets`, { MESSAGE: "from-the-runtime" })).code).toBe(0);
  });

  test("takes Secrets that SOPS has encrypted, though no server would", async () => {
    const encrypted = `apiVersion: v1
kind: Secret
metadata:
  name: token
  namespace: {{instance.namespace}}
data:
  token: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]
sops:
  mac: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]
`;
    writeFileSync(join(cwd, "web/templates/secret.yaml"), encrypted);
    const { code, stderr } = await run("bundle push oci-layout:out:1 -f web/bundle.yaml");
    expect(code, stderr).toBe(0);
    writeFileSync(join(cwd, "web/templates/secret.yaml"), encrypted.replace(/sops:[\s\S]*/, ""));
    const clear = await run("bundle push oci-layout:out:1 -f web/bundle.yaml --no-validate");
    expect([clear.code, clear.stderr]).toEqual([1, expect.stringContaining("  Secret/default/token")]);
  });

  test.each([
    ["bundle push oci-layout:out -f web/bundle.yaml", 2, "a tag is needed"],
    ["bundle push oci-layout:out -f web/bundle.yaml -t a/b", 2, "is not a tag"],
    [
      `bundle push oci-layout:out@sha256:${"0".repeat(64)} -f web/bundle.yaml`,
      2,
      "a digest is what comes out of a push",
    ],
    ["bundle push oci-layout:out:1 -f web/bundle.yaml --sign", 2, "--sign needs a key: --sign-key FILE"],
    ["bundle push oci-layout:out:1 -f web/bundle.yaml --sign-key key.pem", 2, "--sign-key is for --sign"],
    ["bundle push oci-layout:out:1 -f missing.yaml", 1, "missing.yaml: there is no such file"],
  ])("%s fails with %d", async (line, code, message) => {
    const result = await run(line);
    expect(result).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
    expect(tags()).toEqual([]);
  });
});
