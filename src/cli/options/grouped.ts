import type { Options } from "yargs";

/** Reads an option that may be given several times into a list. */
export const list = (value: string | string[]): string[] => [value].flat();

/** Puts options under a heading of their own in the help. */
export function grouped<const T extends Record<string, Options>>(group: string, options: T) {
  for (const option of Object.values(options)) Object.assign(option, { group });
  return options;
}
