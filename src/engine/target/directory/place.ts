import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { formatRef, type KubeObject, refOf } from "../../object/index.js";
import { ownerOf } from "../../plan/index.js";
import { TargetError } from "../errors.js";
import { assertFileName } from "./file-name.js";
import { codeOf, notWritable } from "./file-system.js";

/**
 * The folders, one in another, in which an object's file is: those of its instance, or that of its own namespace for a
 * Namespace that was made for instances. The first is named after the namespace.
 *
 * @throws {TargetError} For an object without an instance, or one whose instance cannot name a folder
 */
export function foldersOf(object: KubeObject): string[] {
  const subject = formatRef(refOf(object));
  const owner = ownerOf(object);
  if (owner !== undefined) return instanceFolders(owner.namespace, owner.name, subject);
  if (object.kind !== "Namespace")
    throw new TargetError("invalid-object", `${subject} does not carry the labels of an instance`);
  assertFileName(object.metadata.name, subject);
  return [object.metadata.name];
}

/** The folders of an instance; what they are for is named where they cannot be. */
export function instanceFolders(namespace: string, name: string, subject: string): string[] {
  const folders = [namespace, name];
  for (const folder of folders) assertFileName(folder, subject);
  return folders;
}

/** Fails where a folder, or the nearest one above it that exists, cannot be written. */
export async function assertWritable(path: string): Promise<void> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory())
      throw new TargetError("not-writable", `${path} is a file; name a folder, or one that is to be made`);
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof TargetError) throw error;
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw notWritable(path, error);
    await assertWritable(dirname(path));
  }
}
