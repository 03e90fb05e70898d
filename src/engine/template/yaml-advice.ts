import type { YamlFault } from "./read-yaml.js";
import type { Tag } from "./scan-tags.js";
import type { TextPlaces } from "./text-places.js";

/** A fault of the YAML parser, with what to do where tags are likely its cause. */
export function adviseOnYaml(fault: YamlFault, tags: readonly Tag[], places: TextPlaces): string {
  if (fault.code !== "template-yaml") return fault.detail;
  const [, line] = places.place(fault.offset);
  if (/^tabs are not allowed/.test(fault.detail)) return `${fault.detail}; indent with spaces`;
  const near = tags.filter((tag) => Math.abs(places.place(tag.start)[1] - line) <= 1);
  if (near.some((tag) => tag.kind === "expression" && tag.ownLine && places.place(tag.start)[1] === line))
    return `${fault.detail}; an expression on a line of its own must be the value of the key before it, indented deeper; to add entries, write {{#each map}} around {{@key}}: {{this}}`;
  if (near.some((tag) => tag.kind === "open" || tag.kind === "else" || tag.kind === "close"))
    return `${fault.detail}; each branch of a block helper must hold whole entries (key: value) or whole items (- value) of one kind`;
  if (near.some((tag) => tag.isEntry))
    return `${fault.detail}; a partial on a line of its own is the entries of a map, indented as they are; in a list, a partial is an item: - {{> name}}`;
  if (/same column/.test(fault.detail)) return `${fault.detail}; indent this line as the entries around it`;
  if (near.some((tag) => tag.kind === "expression"))
    return `${fault.detail}; if the expression is a part of a string, put the string in quotes`;
  return fault.detail;
}
