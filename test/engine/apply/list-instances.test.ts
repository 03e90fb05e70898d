import { expect, test } from "vitest";
import { applyBundle, listInstances } from "../../../src/engine/apply/index.js";
import { bundle, configMap, fixedNow, instance } from "../../support/bundles.js";
import { MemoryTarget, recordKey } from "../../support/memory-target.js";

test("a record that cannot be read is told, but not where another namespace is asked for", async () => {
  const target = new MemoryTarget();
  const two = [instance("one", "apps", [configMap("apps", "a")]), instance("two", "other", [configMap("other", "b")])];
  await applyBundle(bundle("web", ...two), target, { now: fixedNow });
  const record = target.get(recordKey("other", "two"));
  if (record !== undefined) record.data = { instance: "e30=" };

  const all = await listInstances(target);
  expect([all.instances.map(({ name }) => name), all.faults.map(({ message }) => message)]).toEqual([
    ["one"],
    [expect.stringContaining("Secret other/timoni.two is no readable instance record")],
  ]);
  expect(await listInstances(target, { namespace: "apps" })).toMatchObject({
    instances: [{ name: "one" }],
    faults: [],
  });
});
