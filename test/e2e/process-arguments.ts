import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Notes the command lines of all processes that this one starts, and those start, until it is stopped. One that lives for a
 * few milliseconds only may be missed.
 */
export function watchArguments(): () => Promise<Set<string>> {
  const seen = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const pid of await descendants(String(process.pid))) {
        const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
        if (line !== "") seen.add(line.split("\0").join(" ").trim());
      }
      await sleep(10);
    }
  })();
  return async () => {
    isOver = true;
    await watching;
    return seen;
  };
}

async function descendants(pid: string): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => ""));
  const children = (await Promise.all(lists)).flatMap((list) => list.split(" ").filter((child) => child !== ""));
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}
