import type { FileTree } from "../oci/index.js";
import type { Module } from "./module.js";
import type { ModuleVersion } from "./module-version.js";

/** A place that has the versions of one module. Its errors have no place in the user's files yet; the resolver adds it. */
export interface ModuleSource {
  load(wanted: WantedModule, signal?: AbortSignal): Promise<LoadedVersion>;
  /** The files of a version, whatever they are: of a module for another engine, too. */
  files(wanted: WantedModule, signal?: AbortSignal): Promise<VersionFiles>;
  /** All versions, the newest first. */
  versions(options: VersionsOptions): Promise<ModuleVersion[]>;
}

/** What a bundle asks for; without a version it is `latest`, or what the digest names. */
export type WantedModule = Readonly<{ version: string | undefined; digest: string | undefined }>;

export type LoadedVersion = Readonly<{ module: Module; version: string; digest: string }>;

export type VersionFiles = Readonly<{ tree: FileTree; version: string; digest: string }>;

/** `withDigest: false` leaves digests, times and the mark of the latest out, for which every manifest must be read. */
export type VersionsOptions = Readonly<{
  withDigest?: boolean;
  /** How many of the newest versions are listed; all unless given. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}>;
