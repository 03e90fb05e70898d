import { readdir, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { isDigest } from "./digest.js";
import { OciError } from "./errors.js";
import { type ImageLayout, isLayout, openLayout, openOrMakeLayout } from "./layout.js";
import { archiveFiles, folderFiles, newArchive } from "./layout-files.js";
import { formatReference, isTag, parseReference, type Reference, referenceForm } from "./reference.js";
import type { Registries } from "./registry.js";
import type { WritableRepository } from "./repository.js";

/**
 * Where an artifact is or goes: in a registry, or in an image layout, which is a folder or a tar archive of one. `path`
 * leads to the layout; what follows behind one that exists is the name of a repository in it.
 */
export type ArtifactPlace = Readonly<{ kind: "registry" } & Reference> | LayoutPlace;
export type LayoutPlace = Readonly<{
  kind: "layout" | "archive";
  path: string;
  tag?: string | undefined;
  digest?: string | undefined;
}>;

const schemes = [
  { prefix: "oci-layout:", kind: "layout" },
  { prefix: "oci-archive:", kind: "archive" },
] as const;

/** The forms of a place, as messages show them. */
export const placeForms = `${referenceForm}, oci-layout:FOLDER[:tag] or oci-archive:FILE[:tag]`;

/** Tells the URL of an image layout or an OCI archive. */
export function isLayoutUrl(text: string): boolean {
  return schemes.some(({ prefix }) => text.startsWith(prefix));
}

/**
 * Reads where an artifact is.
 *
 * @param text `oci://…`, `oci-layout:FOLDER[:tag][@digest]` or `oci-archive:FILE[:tag][@digest]`
 * @param baseDir What a relative path counts from
 * @throws {OciError} `bad-reference`
 * @example
 * ```ts
 * parsePlace("oci-archive:./web.tar:1.0.0", "/srv"); // { kind: "archive", path: "/srv/web.tar", tag: "1.0.0" }
 * ```
 */
export function parsePlace(text: string, baseDir: string): ArtifactPlace {
  const scheme = schemes.find(({ prefix }) => text.startsWith(prefix));
  if (scheme === undefined) {
    if (!text.startsWith("oci://")) {
      const hint = looksLikeReference(text) ? `; did you mean oci://${text}?` : `; the forms are ${placeForms}`;
      throw new OciError("bad-reference", `${JSON.stringify(text)} is no place of an artifact${hint}`);
    }
    return { kind: "registry", ...parseReference(text) };
  }
  const rest = text.slice(scheme.prefix.length);
  const at = rest.lastIndexOf("@");
  const digest = at >= 0 && isDigest(rest.slice(at + 1)) ? rest.slice(at + 1) : undefined;
  const named = digest === undefined ? rest : rest.slice(0, at);
  const colon = named.lastIndexOf(":");
  const tag = colon > 0 && isTag(named.slice(colon + 1)) ? named.slice(colon + 1) : undefined;
  const path = tag === undefined ? named : named.slice(0, colon);
  if (path === "") throw new OciError("bad-reference", `${JSON.stringify(text)} names no ${scheme.kind}`);
  return {
    kind: scheme.kind,
    path: resolve(baseDir, path),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** `ghcr.io/org/app:1.0.0` or `localhost:5000/app`, as other tools write it: the host has a dot or a port. */
function looksLikeReference(text: string): boolean {
  try {
    return /[.:]/.test(parseReference(`oci://${text}`).host) && !text.startsWith(".");
  } catch {
    return false;
  }
}

/** The text of a place. */
export function formatPlace(place: ArtifactPlace): string {
  if (place.kind === "registry") return formatReference(place);
  const { kind, path, tag, digest } = place;
  return `oci-${kind}:${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** What a place names in its repository: the digest if it has one, else the tag, else `latest`. */
export function referenceOf({ tag, digest }: ArtifactPlace): string {
  return digest ?? tag ?? "latest";
}

/**
 * Opens the repository of a place for reading.
 *
 * @throws {OciError} `not-found` for a layout or archive that does not exist
 */
export async function openPlace(place: ArtifactPlace, registries: Registries): Promise<WritableRepository> {
  if (place.kind === "registry") return registries.repository(place);
  const { path, name } = await splitPath(place);
  if (path === undefined) {
    const what = place.kind === "layout" ? "an OCI image layout" : "an OCI archive";
    throw new OciError("not-found", `${place.path} is neither ${what} nor a module in one`);
  }
  const layout = await openLayout(place.kind === "layout" ? folderFiles(path) : archiveFiles(path));
  return layout.repository(name === "" ? onlyRepository(layout) : name);
}

/** Opens the repository of a place for writing; a layout or archive that does not exist yet is made. */
export async function openPlaceToWrite(place: ArtifactPlace, registries: Registries): Promise<WritableRepository> {
  if (place.kind === "registry") return registries.repository(place, "push");
  const { path = place.path, name } = await splitPath(place);
  const layout = await openOrMakeLayout(place.kind === "layout" ? folderFiles(path) : archiveFiles(path));
  return layout.repository(name);
}

/**
 * Opens a layout or archive that is written anew.
 *
 * @throws {OciError} `unsafe-file` for a folder that is there already; an archive is replaced
 */
export async function openNewLayout({ kind, path }: LayoutPlace): Promise<WritableRepository> {
  if (kind === "archive") return (await openOrMakeLayout(newArchive(path))).repository("");
  const entries = await readdir(path).catch(() => []);
  if (entries.length === 0) return (await openOrMakeLayout(folderFiles(path))).repository("");
  throw new OciError("unsafe-file", `The folder ${path} holds files already; name a new or an empty one`);
}

/** The name that is meant where none is given: the only one that there is. */
function onlyRepository({ entries }: ImageLayout): string {
  const [first = "", ...others] = new Set(entries.map(({ repository }) => repository));
  return others.length === 0 ? first : "";
}

/** Where in a path the layout ends and the name of a repository in it begins; `path` is absent where there is none. */
async function splitPath({ kind, path }: LayoutPlace): Promise<Readonly<{ path?: string; name: string }>> {
  const names: string[] = [];
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    if (kind === "layout" ? await isLayout(at) : await isFile(at)) return { path: at, name: names.join("/") };
    names.unshift(basename(at));
  }
  return { name: "" };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
