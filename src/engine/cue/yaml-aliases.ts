import type { Alias, Document, Node, visit } from "yaml";

/**
 * What the aliases of a document name: the last node before each that has its anchor. One walk finds all of them, where the
 * library walks through the document for each.
 *
 * @param walk The `visit` of the library, which is loaded only when there is YAML to read
 */
export function aliasTargets(document: Document, walk: typeof visit): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const note = (_: unknown, node: Node & { anchor?: string }): void => {
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
  };
  walk(document, {
    Map: note,
    Seq: note,
    Scalar: note,
    Alias: (_, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
  });
  return targets;
}
