import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ModuleCompiler } from "../../../src/engine/module/module-compiler.js";
import {
  type Artifact,
  annotations,
  buildModuleArtifact,
  type LayoutEntry,
  treeOf,
  writeLayout,
} from "../../../src/engine/oci/index.js";

/** What the tests' compiler makes of a module: its module.yaml as text, and the version that it was opened as. */
export type FakeModule = Readonly<{ about: string; version: string }>;

/** A compiler that counts its work. A module.yaml with the word `broken` cannot be compiled. */
export function fakeCompiler(): ModuleCompiler<FakeModule> & { compiled: string[] } {
  const compiled: string[] = [];
  return {
    compiled,
    format: "fake-1",
    async compile(files) {
      const about = Buffer.from(files.get("module.yaml") ?? []).toString("utf8");
      compiled.push(about);
      if (about.includes("broken")) throw new AggregateError([], "module.yaml:1:1: it is broken");
      return JSON.stringify({ about });
    },
    open: (json, version) => ({ ...JSON.parse(json), version }),
  };
}

export function filesOf(texts: Readonly<Record<string, string>>): Map<string, Uint8Array> {
  return new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

export function artifactOf(
  version: string,
  texts: Readonly<Record<string, string>>,
  created?: string,
): Promise<Artifact> {
  const time = created === undefined ? {} : { [annotations.created]: created };
  return buildModuleArtifact({
    tree: treeOf(filesOf(texts)),
    mtimeSeconds: 0,
    annotations: { ...time, [annotations.version]: version },
  });
}

/** Writes a layout of artifacts under `repository:tag` (or just `tag`) names. */
export async function layoutOf(dir: string, artifacts: Readonly<Record<string, Artifact>>): Promise<void> {
  const entries = Object.entries(artifacts).map(([name, { descriptor }]): LayoutEntry => {
    const [tag = "", ...repository] = name.split(":").reverse();
    return { repository: repository.join(":"), tag, descriptor };
  });
  await writeLayout(dir, { entries, blobs: Object.values(artifacts).flatMap(({ blobs }) => blobs) });
}

export async function folderOf(dir: string, texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}
