import { kinds } from "../kind.js";
import { fn, standardPackage } from "./package.js";

const { string } = kinds;

/** The package "html". */
export const html = standardPackage("html", {
  Escape: fn([string], (args) => escapeHtml(args.text(0))),
  Unescape: fn([string], (args) => {
    const text = args.text(0);
    if (!text.includes("&")) return text;
    throw args.unsupported("html.Unescape, which knows the names of all characters; write the characters instead: it");
  }),
});

const entities: Readonly<Record<string, string>> = {
  ...{ '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;" },
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/["'&<>]/g, (character) => entities[character] ?? character);
}
