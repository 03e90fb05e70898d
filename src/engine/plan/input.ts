import type { SecretValue, SourcePos } from "../diagnostics/index.js";
import type { InstanceId, ModuleReference } from "../inventory/index.js";
import type { JsonValue } from "../json/index.js";
import type { HealthCheck, KubeObject, ObjectSet } from "../object/index.js";

/** An instance whose module is loaded, whose values are valid and whose objects are rendered. */
export type RenderedInstance = InstanceId &
  Readonly<{
    module: ModuleReference;
    /** The values as the record keeps them. */
    values: JsonValue;
    images: readonly string[];
    /** In apply order; without instance labels. */
    objects: readonly KubeObject[];
    /** Where a module splits its objects: the same objects, set by set. Absent, all are one set. */
    sets?: readonly ObjectSet[];
    /** The module's own rules of readiness. */
    healthChecks?: readonly HealthCheck[];
    /** The instance's place in the user's file: errors start with it. */
    pos?: SourcePos;
  }>;

/** A bundle, ready to be applied; or one instance alone, which is applied as a bundle of one that has no name. */
export type RenderedBundle = Readonly<{
  name: string | undefined;
  /** In the order of the bundle file. */
  instances: readonly RenderedInstance[];
  /** Texts and numbers that came from the runtime: no event, diff or message shows them. */
  secrets?: readonly SecretValue[];
}>;
