import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, test, vi } from "vitest";
import { lazyHelp } from "../../scripts/lazy-help.js";

test("what lays out help texts is run when there is one to lay out", async () => {
  const dir = await mkdtemp(join(tmpdir(), "sheaf-"));
  // Made by the package that measures texts, as soon as that is run.
  const { Segmenter } = Intl;
  const segmenter = vi.spyOn(Intl, "Segmenter").mockImplementation(function make(...args) {
    return new Segmenter(...args);
  });
  try {
    const outfile = join(dir, "bundled.mjs");
    const stdin = { contents: 'export { default as yargs } from "yargs";', resolveDir: process.cwd() };
    const js = 'import{createRequire as __r}from"node:module";const require=__r(import.meta.url);';
    await build({ stdin, bundle: true, format: "esm", platform: "node", banner: { js }, plugins: [lazyHelp], outfile });
    const { yargs } = await import(pathToFileURL(outfile).href);
    const parser = yargs(["--name", "a"]).option("name", { describe: "what it is called" });
    expect(await parser.parseAsync()).toMatchObject({ name: "a" });
    expect(segmenter).not.toHaveBeenCalled();
    expect(await parser.getHelp()).toMatch(/--name +what it is called/);
    expect(segmenter).toHaveBeenCalled();
  } finally {
    segmenter.mockRestore();
    await rm(dir, { recursive: true });
  }
});
