const namespace = "precompiled-schema";

/**
 * Puts the rules of schemas into the bundle, each in a chunk of its own.
 *
 * @param {ReadonlyMap<string, string>} sources See precompile-schemas.ts
 * @param {string} root What they import from
 * @returns {import("esbuild").Plugin}
 */
export function precompiledSchemas(sources, root) {
  return {
    name: namespace,
    setup({ onResolve, onLoad }) {
      onLoad({ filter: /[/\\]schema[/\\]precompiled\.ts$/ }, () => {
        const entries = [...sources.keys()].map((key) => `["${key}", () => import("${namespace}:${key}")]`);
        return { contents: `export const precompiled = new Map([${entries.join()}]);` };
      });
      onResolve({ filter: new RegExp(`^${namespace}:`) }, ({ path }) => ({
        path: path.slice(namespace.length + 1),
        namespace,
      }));
      onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: sources.get(path) ?? "",
        resolveDir: root,
        loader: "ts",
      }));
    },
  };
}
