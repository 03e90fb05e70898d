import { expect, test } from "vitest";
import {
  type ApplyEvent,
  applyBundle,
  bundleStatus,
  deleteBundle,
  deleteInstance,
  listInstances,
} from "../../../src/engine/apply/index.js";
import { TargetError } from "../../../src/engine/target/index.js";
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

test("what a record has from the runtime is in no state of an object, and in no refusal of a delete", async () => {
  const target = new MemoryTarget();
  const noted = instance("one", "apps", [configMap("apps", "a")], {
    values: { token: "s3cret-token", branch: "stable" },
  });
  const annotations = { "sheaf/runtime-values": '[["token"]]' };
  await applyBundle(bundle("web", { ...noted, module: { ...noted.module, annotations } }), target, { now: fixedNow });
  const words = 'cannot fetch "https://s3cret-token@host" of stable';
  const shown = 'cannot fetch "https://***@host" of stable';
  target.readiness = () => ({ state: "failed", message: words });
  const { instances } = await bundleStatus("web", target);
  expect(instances[0]?.entries.map(({ state }) => state)).toEqual([{ state: "failed", message: shown }]);

  target.refuseDelete = () => new TargetError("api-error", words);
  const told: ApplyEvent[] = [];
  const options = { now: fixedNow, onEvent: (event: ApplyEvent) => told.push(event) };
  await expect(deleteBundle("web", target, options)).rejects.toThrow(shown);
  await expect(deleteInstance({ name: "one", namespace: "apps" }, target, options)).rejects.toThrow(shown);
  expect(JSON.stringify(told)).not.toContain("s3cret");
});
