import { anyKind, kinds } from "../kind.js";
import { escapeHtml } from "./html.js";
import { fn, standardPackage } from "./package.js";
import { isPrint } from "./quote.js";

const { string } = kinds;

/** The package "text/template". Templates of Go are a language of their own, which is not here. */
export const template = standardPackage("template", {
  Execute: fn([string, anyKind], (args) => {
    throw args.unsupported("template.Execute, which runs templates of Go; use interpolation instead: it");
  }),
  HTMLEscape: fn([string], (args) => escapeHtml(args.text(0)).replaceAll("\0", "\ufffd")),
  JSEscape: fn([string], (args) =>
    Array.from(args.text(0), (rune) => {
      if (rune === "\\" || rune === "'" || rune === '"') return `\\${rune}`;
      if (isPrint(rune) && !/[<>&=]/.test(rune)) return rune;
      return `\\u${(rune.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    }).join(""),
  ),
});
