import type { Package } from "./package.js";

/** The standard packages by their import paths; each is loaded when a file imports it. */
export const standardPackages: ReadonlyMap<string, () => Promise<Package>> = new Map([
  ["crypto/ed25519", async () => (await import("./ed25519.js")).ed25519],
  ["crypto/hmac", async () => (await import("./hashes.js")).hmac],
  ["crypto/md5", async () => (await import("./hashes.js")).md5],
  ["crypto/sha1", async () => (await import("./hashes.js")).sha1],
  ["crypto/sha256", async () => (await import("./hashes.js")).sha256],
  ["crypto/sha512", async () => (await import("./hashes.js")).sha512],
  ["encoding/base64", async () => (await import("./base64.js")).base64],
  ["encoding/csv", async () => (await import("./csv.js")).csv],
  ["encoding/hex", async () => (await import("./hex.js")).hex],
  ["encoding/json", async () => (await import("./json.js")).json],
  ["encoding/yaml", async () => (await import("./yaml.js")).yaml],
  ["html", async () => (await import("./html.js")).html],
  ["list", async () => (await import("./list.js")).list],
  ["math", async () => (await import("./math.js")).math],
  ["math/bits", async () => (await import("./bits.js")).bits],
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
