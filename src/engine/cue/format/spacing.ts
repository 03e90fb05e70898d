/** What may or has to stand between two tokens, as bits. */
export const space = {
  blank: 1,
  /** Ends a cell of the table that fields form. */
  cell: 2,
  noBlank: 4,
  /** The line breaks of the source do not count. */
  fixed: 8,
  /** A comma, unless the list ends on the same line. */
  comma: 16,
  trailingComma: 32,
  /** A comma where the next declaration is on the same line. */
  declComma: 64,
  newline: 128,
  /** A line break that ends the table. */
  blockBreak: 256,
  /** An empty line. */
  section: 512,
  indent: 1024,
  unindent: 2048,
  /** As `blockBreak`, unless a comment follows on the same line. */
  valueBreak: 4096,
} as const;

const { newline, blockBreak, section, valueBreak } = space;
export const anyBreak = newline | blockBreak | section | valueBreak;
