import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Context } from "./context.js";

/** The URL of a module as the command line names it: a URL as it is, or the path of a folder. */
export async function moduleUrl(text: string, { cwd }: Context): Promise<string> {
  if (text.includes("://") || text.startsWith("oci-layout:")) return text;
  const path = resolve(cwd, text);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? `file://${path}` : text;
}
