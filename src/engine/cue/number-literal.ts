const digits = "[0-9](?:_?[0-9])*";
const exponent = "[eE][+-]?(?:_?[0-9])+";
const grammar = new RegExp(
  `^(?!0_)(?:0[xX](?:_?[0-9a-fA-F])+|0o(?:_?[0-7])+|0b(?:_?[01])+` +
    `|(?:0|[1-9](?:_?[0-9])*)` +
    `|${digits}\\.(?:${digits})?(?:${exponent})?|${digits}${exponent}|\\.${digits}(?:${exponent})?` +
    `|[1-9](?:_?[0-9])*[KMGTP]i?|(?:${digits}\\.(?:${digits})?|\\.${digits})[KMGTP]i?)$`,
);

/** Tells whether a text is a number literal of CUE, without a sign. */
export function isNumberLiteral(text: string): boolean {
  return grammar.test(text);
}

/** What is wrong with a text that starts like a number and is none. */
export function numberFault(text: string): string {
  const shown = JSON.stringify(text.slice(0, 40));
  if (/_(?:_|$|\D)/.test(text)) return `illegal "_" in the number ${shown}: it stands between two digits`;
  if (/^0[xX]/.test(text)) return `illegal hexadecimal number ${shown}: digits are 0-9 and a-f`;
  if (/^0b/.test(text)) return `illegal binary number ${shown}: digits are 0 and 1`;
  if (/^0o/.test(text)) return `illegal octal number ${shown}: digits are 0-7`;
  if (/^0[0-9]/.test(text)) return `illegal integer number ${shown}: leave the leading zero out, or write 0o for octal`;
  return `illegal number ${shown}: a multiplier is one of K, M, G, T, P, with an "i" for powers of 1024`;
}
