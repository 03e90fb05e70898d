import type { Target } from "../../src/engine/target/index.js";
import { Killed } from "./memory-target.js";

/**
 * A target on which the run dies at one of its writes, before it happens or after: from then on nothing is written.
 * `writes` counts them.
 */
export function killable(
  target: Target,
  kill?: Readonly<{ write: number; after: boolean }>,
): Target & { writes: number } {
  const killer = { writes: 0 };
  const write = async <T>(work: () => Promise<T>): Promise<T> => {
    const index = killer.writes++;
    if (kill !== undefined && (index > kill.write || (index === kill.write && !kill.after))) throw new Killed("killed");
    const result = await work();
    if (index === kill?.write) throw new Killed("killed");
    return result;
  };
  return Object.assign(killer, {
    kind: target.kind,
    description: target.description,
    check: () => target.check(),
    listRecords: (query: { bundle?: string }) => target.listRecords(query),
    readRecord: (namespace: string, name: string) => target.readRecord(namespace, name),
    read: target.read.bind(target),
    states: target.states.bind(target),
    listCustomResources: target.listCustomResources.bind(target),
    preview: target.preview.bind(target),
    waitReady: target.waitReady.bind(target),
    waitGone: target.waitGone.bind(target),
    close: () => target.close(),
    writeRecord: (...args: Parameters<Target["writeRecord"]>) => write(() => target.writeRecord(...args)),
    deleteRecord: (...args: Parameters<Target["deleteRecord"]>) => write(() => target.deleteRecord(...args)),
    apply: (...args: Parameters<Target["apply"]>) => write(() => target.apply(...args)),
    delete: (...args: Parameters<Target["delete"]>) => write(() => target.delete(...args)),
  });
}
