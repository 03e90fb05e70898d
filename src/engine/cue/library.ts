/** A compiled regular expression of RE2's syntax. */
export type Regexp = Readonly<{ test: (text: string) => boolean }>;

/** What evaluation may need beyond the language's core. It is loaded only for files that use it. */
export type Library = Readonly<{
  /** Compiles a pattern, or says what is wrong with it. */
  compileRegexp?: (pattern: string) => Regexp | string;
}>;
