import type { SecretValue, SourcePos } from "../diagnostics/index.js";
import type { Located } from "../json/index.js";

/** A bundle as its files say it: checked against schemas/bundle.schema.json, with runtime values filled in. */
export type Bundle = Readonly<{
  name: string;
  /** In the order in which they are applied, which is that of the value. */
  instances: readonly BundleInstance[];
  /** The whole value, with the place of everything in it. */
  located: Located;
  /** The texts and numbers that came from the runtime: they are shown nowhere. */
  secrets: readonly SecretValue[];
}>;

/** One instance of a bundle. The values are not checked yet: their schema comes with the module. */
export type BundleInstance = Readonly<{
  name: string;
  namespace: string;
  module: BundleModule;
  /** What the user wrote; absent, all values are the module's defaults. */
  values: Located | undefined;
  pos: SourcePos;
}>;

/** Which module an instance uses, and where the bundle says so. */
export type BundleModule = Readonly<{
  /** `oci://…`, or `file://…` relative to the folder of the file that names it. */
  url: string;
  urlPos: SourcePos;
  /** A semantic version, or `latest`. */
  version: string;
  versionPos: SourcePos;
  digest?: string;
}>;
