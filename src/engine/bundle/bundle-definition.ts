import type { SourceInput } from "../source/index.js";

const text = `bundle: {
	apiVersion: string
	name:       string
	instances: [string]: {
		module: {
			url:     string
			version: *"latest" | string
			digest?: string
		}
		namespace: string
		values: {...}
	}
}
`;

/**
 * What every bundle is unified with, after its files, as Timoni does it: a bundle can refer to the version that it leaves
 * open, and its fields have the same order. What else a bundle has to be, the schema says.
 */
export const bundleDefinition = {
  name: "the definition of bundles",
  bytes: new TextEncoder().encode(text),
  format: "cue",
} satisfies SourceInput;
