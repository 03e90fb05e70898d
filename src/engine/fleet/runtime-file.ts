import type { SourcePos } from "../diagnostics/index.js";
import type { ObjectRef } from "../object/index.js";

/** A runtime file: the clusters that a bundle goes to, and what is read from each of them. */
export type RuntimeFile = Readonly<{
  name: string;
  /** In the order of the value; without any, one cluster is meant that the file does not name. */
  clusters: readonly RuntimeCluster[];
  queries: readonly RuntimeQuery[];
}>;

/** A cluster by its name. `context` is that of the kubeconfig. */
export type RuntimeCluster = Readonly<{ name: string; group: string; context: string; contextPos: SourcePos }>;

/** An object, and the expressions whose values are read from it. */
export type RuntimeQuery = Readonly<{
  ref: ObjectRef;
  optional: boolean;
  expressions: readonly RuntimeExpression[];
  pos: SourcePos;
}>;

/** `text` is a CUE expression over `obj`; its value is that of the variable. */
export type RuntimeExpression = Readonly<{ variable: string; text: string; pos: SourcePos }>;
