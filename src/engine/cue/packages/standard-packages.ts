import type { Package } from "./package.js";

/** The standard packages by their import paths; each is loaded when a file imports it. */
export const standardPackages: ReadonlyMap<string, () => Promise<Package>> = new Map([
  ["crypto/md5", async () => (await import("./hashes.js")).md5],
  ["crypto/sha1", async () => (await import("./hashes.js")).sha1],
  ["crypto/sha256", async () => (await import("./hashes.js")).sha256],
  ["crypto/sha512", async () => (await import("./hashes.js")).sha512],
  ["encoding/base64", async () => (await import("./base64.js")).base64],
  ["encoding/csv", async () => (await import("./csv.js")).csv],
  ["encoding/hex", async () => (await import("./hex.js")).hex],
  ["encoding/json", async () => (await import("./json.js")).json],
  ["encoding/yaml", async () => (await import("./yaml.js")).yaml],
  ["list", async () => (await import("./list.js")).list],
  ["math", async () => (await import("./math.js")).math],
  ["net", async () => (await import("./net.js")).net],
  ["path", async () => (await import("./path.js")).path],
  ["regexp", async () => (await import("./regexp-package.js")).regexp],
  ["strconv", async () => (await import("./strconv.js")).strconv],
  ["strings", async () => (await import("./strings.js")).strings],
  ["struct", async () => (await import("./struct.js")).struct],
  ["text/template", async () => (await import("./template.js")).template],
  ["time", async () => (await import("./time.js")).time],
  ["uuid", async () => (await import("./uuid.js")).uuid],
]);
