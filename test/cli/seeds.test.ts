import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sheaf, tempDir } from "../support/run-cli.js";
import { changedText, seedEnv, seeds } from "../support/seeds.js";

/** Every file below a folder with its content, time and mode. */
function snapshot(dir: string) {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => ({ name, stat: statSync(join(dir, name)) }))
    .filter(({ stat }) => stat.isFile())
    .map(({ name, stat }) => ({
      name,
      text: readFileSync(join(dir, name), "utf8"),
      mtime: stat.mtimeMs,
      mode: stat.mode & 0o777,
    }));
}

describe.each(seeds)("$file in a folder", (seed) => {
  test("is applied, stays as it is, changes where an option changes, and is deleted", async () => {
    const cwd = tempDir({ "bundle.cue": seed.text, "changed.cue": changedText(seed) });
    const target = ["--target", "dir:./out"];
    const apply = (file: string, now: string) =>
      sheaf(["bundle", "apply", "-f", file, "--runtime-from-env", ...target], {
        cwd,
        env: seedEnv,
        now: new Date(now),
      });

    const first = await apply("bundle.cue", "2026-01-01T00:00:00Z");
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toContain("built-in");
    const installed = snapshot(join(cwd, "out"));
    expect(installed.length).toBeGreaterThan(2);
    for (const { name, text, mode } of installed) {
      const secret = /^kind: Secret$|"kind": ?"Secret"/m.test(text);
      expect([name, mode]).toEqual([name, secret ? 0o600 : 0o644]);
    }

    const again = await apply("bundle.cue", "2026-01-02T00:00:00Z");
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).not.toMatch(/ (created|configured|deleted)/);
    expect(snapshot(join(cwd, "out"))).toEqual(installed);

    expect(
      await sheaf(["bundle", "diff", "-f", "bundle.cue", "--runtime-from-env", ...target], { cwd, env: seedEnv }),
    ).toMatchObject({ code: 0, stdout: "" });
    const diff = await sheaf(["bundle", "diff", "-f", "changed.cue", "--runtime-from-env", ...target], {
      cwd,
      env: seedEnv,
    });
    expect(diff.code).toBe(3);
    expect(snapshot(join(cwd, "out"))).toEqual(installed);

    const changed = await apply("changed.cue", "2026-01-03T00:00:00Z");
    expect(changed).toMatchObject({ code: 0 });
    const kinds = (action: string) =>
      [...changed.stdout.matchAll(new RegExp(`^ {2}(\\w+)/\\S+ ${action}`, "gm"))].map(([, kind]) => kind);
    expect({ configured: kinds("configured"), pruned: kinds("deleted") }).toEqual({
      configured: seed.change.configured,
      pruned: seed.change.pruned,
    });

    const status = await sheaf(["bundle", "status", seed.bundle, ...target, "-o", "json"], { cwd });
    expect(status.code).toBe(0);
    const { instances }: { instances: { entries: { state: { state: string } }[] }[] } = JSON.parse(status.stdout);
    expect(
      instances.flatMap(({ entries }) => entries.map(({ state }) => state.state)).every((state) => state === "current"),
    ).toBe(true);

    const list = await sheaf(["list", ...target], { cwd });
    expect(list.stdout).toContain(seed.bundle);

    const dry = await sheaf(["bundle", "delete", "-f", "bundle.cue", "--dry-run", ...target], { cwd });
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toContain("deleted (dry run)");
    expect(await sheaf(["bundle", "delete", seed.bundle, ...target], { cwd })).toMatchObject({ code: 0 });
    expect(snapshot(join(cwd, "out"))).toEqual([]);

    for (const run of [first, again, diff, changed, status, list, dry]) {
      expect(run.stdout + run.stderr).not.toMatch(/5ecret/);
      expect(run.stdout + run.stderr).not.toContain("internal error");
    }
  });

  test("is built, with its secrets where asked", async () => {
    const cwd = tempDir({ "bundle.cue": seed.text });
    const build = (...args: string[]) =>
      sheaf(["bundle", "build", "-f", "bundle.cue", "--runtime-from-env", ...args], { cwd, env: seedEnv });
    const open = await build();
    const masked = await build("--mask-secrets");
    expect([open.code, masked.code]).toEqual([0, 0]);
    expect(open.stdout.includes("5ecret")).toBe(seed.text.includes("@timoni"));
    expect(masked.stdout).not.toContain("5ecret");
    const value = await sheaf(["bundle", "vet", "-f", "bundle.cue", "--runtime-from-env", "--print-value"], {
      cwd,
      env: seedEnv,
    });
    expect(value.code).toBe(0);
    expect(value.stdout).toContain(seed.bundle);
    expect(value.stdout).not.toContain("5ecret");
  });
});

test("a dry run of apply writes nothing", async () => {
  const cwd = tempDir();
  const run = await sheaf(
    [
      "bundle",
      "apply",
      "-f",
      join(process.cwd(), "examples/tenant.cue"),
      "--runtime-from-env",
      "--dry-run",
      "--target",
      "dir:./out",
    ],
    { cwd, env: seedEnv },
  );
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toContain("created (dry run)");
  expect(readdirSync(cwd)).toEqual([]);
});

test("several files are unified, also across formats, and from standard input", async () => {
  const cwd = tempDir();
  writeFileSync(join(cwd, "a.cue"), seeds.find(({ file }) => file === "git-sync-public.cue")?.text ?? "");
  writeFileSync(
    join(cwd, "b.yaml"),
    "bundle:\n  instances:\n    podinfo:\n      values:\n        sync:\n          timeout: 9\n",
  );
  const stdin = '{"bundle": {"instances": {"podinfo": {"values": {"git": {"interval": 7}}}}}}';
  const { code, stdout } = await sheaf(["bundle", "build", "-f", "a.cue", "-f", "b.yaml", "-f", "-"], { cwd, stdin });
  expect(code).toBe(0);
  expect(stdout).toContain("timeout: 9m");
  expect(stdout).toContain("interval: 7m");
});

test("-o json gives JSON lines and nothing else on stdout", async () => {
  const cwd = tempDir();
  const { code, stdout } = await sheaf(
    ["bundle", "apply", "-f", join(process.cwd(), "examples/flux-aio.cue"), "-o", "json", "--target", "dir:./out"],
    { cwd },
  );
  expect(code).toBe(0);
  const types = stdout
    .trimEnd()
    .split("\n")
    .map((line): string => JSON.parse(line).type);
  expect(new Set(types)).toContain("object-applied");
  expect(types.at(-1)).toBe("instance-done");
});
