import type { TargetArgs } from "./open-target.js";

/** The options that say where and how something is deleted, a bundle or one instance. */
export type DeleteArgs = TargetArgs & {
  wait: boolean;
  timeout: number;
  runTimeout?: number | undefined;
  dryRun: boolean;
  deleteResources: boolean;
  output: "table" | "json";
};
