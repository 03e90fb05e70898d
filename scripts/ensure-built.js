// Builds when something that goes into the build is newer than what was built: tests and benchmarks run the built command.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The last file that the build writes. */
const built = join(root, "dist", "build-complete");
const inputs = ["src", "modules", "schemas", "scripts", "package.json", "package-lock.json", "tsconfig.build.json"];

/** @param {string} path @returns {number} */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const changed = Math.max(...inputs.map((name) => newest(join(root, name))));
if (!existsSync(built) || statSync(built).mtimeMs < changed) {
  execFileSync(process.execPath, [join(root, "scripts", "build.js")], { stdio: "inherit" });
}
