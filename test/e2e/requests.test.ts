import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seedEnv } from "../support/seeds.js";
import { type AuditEvent, recordRequests, sheaf, writesOf } from "./cluster.js";

// What applying the seed's flux-aio (21 objects) costs the API server. Timoni: 116, 92 and 52 requests.

const seed = join("test/fixtures/seeds", "flux-aio.cue");

async function apply(...flags: string[]): Promise<AuditEvent[]> {
  const requests = await recordRequests("sheaf");
  const run = await sheaf(["bundle", "apply", "-f", seed, "--runtime-from-env", "--timeout", "60s", ...flags], {
    env: seedEnv,
  });
  expect(run.code, run.stderr).toBe(0);
  return requests();
}

let install: AuditEvent[] = [];
let again: AuditEvent[] = [];
beforeAll(async () => {
  install = await apply();
  again = await apply();
});
afterAll(async () => {
  const run = await sheaf(["bundle", "delete", "flux-aio", "--timeout", "60s"]);
  expect(run.code, run.stderr).toBe(0);
});

test("an install", () => {
  expect(install.length).toBeLessThanOrEqual(58);
  // The record is written before the first object and after the last.
  expect(writesOf(install)).toHaveLength(21 + 2);
});

test("an apply right after it, when times cannot tell what has changed", () => {
  expect(again.length).toBeLessThanOrEqual(35);
  expect(writesOf(again)).toEqual([]);
});

test("an apply some seconds later, and a dry run", async () => {
  await new Promise((done) => setTimeout(done, 3100));
  const later = await apply();
  expect(later.length).toBeLessThanOrEqual(26);
  expect(writesOf(later)).toEqual([]);
  const dryRun = await apply("--dry-run");
  expect(dryRun.length).toBeLessThanOrEqual(26);
  expect(writesOf(dryRun)).toEqual([]);
});
