import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ModuleCompiler, moduleCompiler } from "../../../src/engine/module/module-compiler.js";
import {
  type Artifact,
  annotations,
  buildArtifact,
  type LayoutEntry,
  treeOf,
  writeLayout,
} from "../../../src/engine/oci/index.js";

/** The usual compiler, which tells what it compiled: names of modules. */
export function countingCompiler(): ModuleCompiler & { compiled: string[] } {
  const compiled: string[] = [];
  return {
    ...moduleCompiler,
    compiled,
    compile(files, label) {
      compiled.push(/name: (.*)/.exec(Buffer.from(files.get("module.yaml") ?? []).toString("utf8"))?.[1] ?? "");
      return moduleCompiler.compile(files, label);
    },
  };
}

/** The smallest module that does something. */
export function moduleTexts(name: string, template = `x: "1"`): Record<string, string> {
  return {
    "module.yaml": `apiVersion: sheaf/v1\nkind: Module\nname: ${name}\ndescription: A module of the tests.\n`,
    "values.schema.json": '{"type":"object","additionalProperties":false}',
    "templates/map.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\ndata:\n  ${template}\n`,
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
  return buildArtifact({
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
