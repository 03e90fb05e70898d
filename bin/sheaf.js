#!/bin/sh
// 2>/dev/null; exec node -- "$0" "$@"
// The line above is a comment to Node, and a call of Node to a shell: `--` keeps Node 20 from taking our --env-file for its own.
// Answers the version from a few bytes, since nothing else is needed for it; all else is in the bundle.
import { readFileSync } from "node:fs";

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-v")) {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  process.stdout.write(`${version}\n`);
} else {
  const { main } = await import("../dist/cli.js");
  await main(args);
}
