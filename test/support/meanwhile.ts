import type { Target } from "../../src/engine/target/index.js";

type Write = "writeRecord" | "deleteRecord" | "apply" | "delete";

/**
 * A target on which another run does its work in the middle of this one: once, just before the call of `method` with
 * this number, from 0.
 */
export function meanwhile(target: Target, method: Write, call: number, work: () => Promise<unknown>): Target {
  let calls = 0;
  const interrupt = async (name: Write): Promise<void> => {
    if (name === method && calls++ === call) await work();
  };
  return {
    kind: target.kind,
    description: target.description,
    check: target.check.bind(target),
    listRecords: target.listRecords.bind(target),
    readRecord: target.readRecord.bind(target),
    read: target.read.bind(target),
    states: target.states.bind(target),
    listCustomResources: target.listCustomResources.bind(target),
    preview: target.preview.bind(target),
    waitReady: target.waitReady.bind(target),
    waitGone: target.waitGone.bind(target),
    close: target.close.bind(target),
    writeRecord: async (...args) => {
      await interrupt("writeRecord");
      return target.writeRecord(...args);
    },
    deleteRecord: async (...args) => {
      await interrupt("deleteRecord");
      return target.deleteRecord(...args);
    },
    apply: async (...args) => {
      await interrupt("apply");
      return target.apply(...args);
    },
    delete: async (...args) => {
      await interrupt("delete");
      return target.delete(...args);
    },
  };
}
