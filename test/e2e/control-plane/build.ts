import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { goBuild, goEnv, requireGo } from "./go.js";
import { type Program, programs, versions } from "./versions.js";

const run = promisify(execFile);

/**
 * Builds the programs of the control plane from their Go modules, unless the cache has them. Nothing to compare with a
 * container image is downloaded: sources come through the Go module proxy.
 *
 * @param cacheDir Where built programs are kept between runs
 * @param log Is told what is being built, since that takes minutes
 * @returns The folder that holds the programs
 */
export async function buildControlPlane(cacheDir: string, log: (line: string) => void): Promise<string> {
  const key = `kubernetes-${versions.kubernetes}_kustomize-controller-${versions.kustomizeController}_${process.platform}-${process.arch}`;
  const binDir = join(cacheDir, key);
  await mkdir(binDir, { recursive: true });
  const missing = await absent(binDir);
  if (missing.length === 0) return binDir;

  await requireGo();
  log(`building ${missing.join(", ")} with Go into ${binDir}; the first time takes some minutes`);
  const workDir = await mkdtemp(join(cacheDir, "build-"));
  try {
    if (missing.some((program) => program !== "kustomize-controller")) await buildKubernetes(workDir, missing, log);
    if (missing.includes("kustomize-controller")) await buildKustomizeController(workDir, log);
    // Renaming last makes a program appear whole or not at all, also when two runs build at a time.
    for (const program of missing) await rename(join(workDir, program), join(binDir, program));
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
  return binDir;
}

async function absent(binDir: string): Promise<Program[]> {
  const found = await Promise.allSettled(programs.map((program) => access(join(binDir, program))));
  return programs.filter((_, index) => found[index]?.status === "rejected");
}

/**
 * The API server, the controller manager and etcd, in the versions that belong together. k8s.io/kubernetes names its
 * staging modules by folders of its own tree, so each needs a replacement by the published module.
 */
async function buildKubernetes(
  workDir: string,
  wanted: readonly Program[],
  log: (line: string) => void,
): Promise<void> {
  const version = versions.kubernetes;
  const moduleDir = join(workDir, "kubernetes");
  await mkdir(moduleDir);
  const ownGoMod = await readFile(await downloadGoMod(`k8s.io/kubernetes@v${version}`, moduleDir), "utf8");
  const staging = [...ownGoMod.matchAll(/^\s*(k8s\.io\/[a-z-]+) => \.\/staging\//gm)].map(([, module]) => module);
  const etcd = /^\s*(go\.etcd\.io\/etcd\/server\/v3) (v\S+)/m.exec(ownGoMod);
  if (staging.length === 0 || etcd === null) throw new Error(`k8s.io/kubernetes v${version} has an unknown go.mod`);
  const goMod = [
    "module controlplane",
    /^go .*$/m.exec(ownGoMod)?.[0] ?? "go 1.25",
    `require k8s.io/kubernetes v${version}`,
    `require ${etcd[1]} ${etcd[2]}`,
    ...staging.map((module) => `replace ${module} => ${module} v0.${version.replace(/^1\./, "")}`),
  ];
  await writeFile(join(moduleDir, "go.mod"), `${goMod.join("\n")}\n`);
  const [, minor] = version.split(".");
  // Without these the server reports v0.0.0-master, which clients that parse it refuse.
  const stamp = [`gitVersion=v${version}`, "gitMajor=1", `gitMinor=${minor}`].map(
    (text) => `-X k8s.io/component-base/version.${text}`,
  );
  const targets = [
    { program: "etcd", path: "go.etcd.io/etcd/server/v3", ldflags: "-s -w" },
    { program: "kube-apiserver", path: "k8s.io/kubernetes/cmd/kube-apiserver", ldflags: `-s -w ${stamp.join(" ")}` },
    {
      program: "kube-controller-manager",
      path: "k8s.io/kubernetes/cmd/kube-controller-manager",
      ldflags: `-s -w ${stamp.join(" ")}`,
    },
  ] as const;
  for (const { program, path, ldflags } of targets)
    if (wanted.includes(program)) await goBuild(moduleDir, join(workDir, program), path, ldflags, log);
}

async function buildKustomizeController(workDir: string, log: (line: string) => void): Promise<void> {
  const moduleDir = join(workDir, "kustomize");
  await mkdir(moduleDir);
  const path = "github.com/fluxcd/kustomize-controller";
  const ownGoMod = await readFile(await downloadGoMod(`${path}@v${versions.kustomizeController}`, moduleDir), "utf8");
  const goMod = [
    "module controller",
    /^go .*$/m.exec(ownGoMod)?.[0] ?? "go 1.26",
    `require ${path} v${versions.kustomizeController}`,
    // Replacements count only in the main module: this one is the controller's own.
    ...[...ownGoMod.matchAll(/^replace (\S+ => \S+ v\S+)$/gm)].map(([, replacement]) => `replace ${replacement}`),
  ];
  await writeFile(join(moduleDir, "go.mod"), `${goMod.join("\n")}\n`);
  await goBuild(moduleDir, join(workDir, "kustomize-controller"), path, "-s -w", log);
}

/** Fetches the go.mod of a module and returns its path. */
async function downloadGoMod(module: string, cwd: string): Promise<string> {
  const { stdout } = await run("go", ["mod", "download", "-json", module], { cwd, env: goEnv(), maxBuffer: 2 ** 26 });
  const path = /"GoMod": "([^"]+)"/.exec(stdout)?.[1];
  if (path === undefined) throw new Error(`go mod download ${module} gave no go.mod`);
  return path;
}
