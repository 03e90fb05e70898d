import { isBuiltin } from "node:module";

const namespace = "lazy-package";

/**
 * Lets code name what it wants of a package that it imports lazily: `const { parse } = await import("yaml")`. Of a
 * CommonJS package esbuild makes a chunk with a default export alone, where Node finds the names; so Node is asked for
 * them while building.
 *
 * @type {import("esbuild").Plugin}
 */
export const lazyPackages = {
  name: namespace,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, importer, resolveDir }) => {
      const isOurs = !importer.includes("node_modules"); // a package may try for others that are not installed
      if (kind !== "dynamic-import" || !isOurs || isBuiltin(path)) return undefined;
      return { path, namespace, pluginData: { resolveDir } };
    });
    onLoad({ filter: /.*/, namespace }, async ({ path, pluginData: { resolveDir } }) => {
      const names = Object.keys(await import(path)).filter((name) => /^(?!default$|__esModule$)[\w$]+$/.test(name));
      const from = JSON.stringify(path);
      // What Node takes for CommonJS may be bundled from ES modules without a default, which must not be an error.
      const contents = `export { ${names.join(", ")} } from ${from}; import * as all from ${from}; export default all.default;`;
      return { contents, resolveDir };
    });
  },
};
