import { resolve } from "node:path";
import { type KubeObject, refKey, refOf } from "../../object/index.js";
import { stringifyYaml } from "../../yaml/index.js";
import { objectFileName } from "./file-name.js";
import { ensureFolder, foreignFile, tryReadFile, writeWhole } from "./file-system.js";
import { parseHeader } from "./object-file.js";
import { PathClaims } from "./path-claims.js";
import { instanceFolders } from "./place.js";

/** The objects of an instance, as they are rendered. */
export type ExportedInstance = Readonly<{ name: string; namespace: string; objects: readonly KubeObject[] }>;

/**
 * Writes objects as files for other tools: `<root>/<instance>/<file>`, without a record. Looks at all that is there before it
 * writes the first.
 *
 * @param isPrivate Whether an object holds secrets: its file is for its owner only
 * @throws {TargetError} Where a file is there that does not hold the object, or two objects would have one file
 */
export async function exportObjects(
  root: string,
  instances: readonly ExportedInstance[],
  isPrivate: (object: KubeObject) => boolean,
): Promise<void> {
  const claims = new PathClaims();
  const files: { folder: string; path: string; object: KubeObject }[] = [];
  for (const { name, namespace, objects } of instances) {
    instanceFolders(namespace, name, `instance ${name}`);
    for (const object of objects) {
      const path = resolve(root, name, objectFileName(refOf(object), namespace));
      claims.claim(path, refOf(object));
      await assertReplaceable(path, object);
      files.push({ folder: name, path, object });
    }
  }
  for (const { folder, path, object } of files) {
    await ensureFolder(resolve(root), [folder]);
    await writeWhole(path, stringifyYaml(object), isPrivate(object) ? 0o600 : 0o644);
  }
}

async function assertReplaceable(path: string, object: KubeObject): Promise<void> {
  const present = await tryReadFile(path);
  if (present === undefined) return;
  const header = await parseHeader(present.text);
  if (header === undefined) throw foreignFile(path, "is no Kubernetes object");
  if (refKey(refOf(header)) !== refKey(refOf(object))) throw foreignFile(path, "holds another object");
}
