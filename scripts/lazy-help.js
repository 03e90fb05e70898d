const namespace = "lazy-help";

/**
 * Loads what lays out help texts when there is one to lay out. yargs imports it with everything else, and its regular
 * expressions of all emoji alone take a third of the time in which a command starts.
 *
 * @type {import("esbuild").Plugin}
 */
export const lazyHelp = {
  name: namespace,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(cliui|string-width)$/ }, ({ path, kind, importer, resolveDir }) => {
      if (kind !== "import-statement" || !/[/\\]node_modules[/\\]yargs[/\\]/.test(importer)) return undefined;
      return { path, namespace, pluginData: { resolveDir } };
    });
    onLoad({ filter: /.*/, namespace }, ({ path, pluginData: { resolveDir } }) => ({
      // A module that is required is run when it is asked for.
      contents: `export default (...args) => require(${JSON.stringify(path)}).default(...args);`,
      resolveDir,
    }));
  },
};
