import { expect, test } from "vitest";
import { sheaf } from "../support/run-cli.js";
import { moduleNames } from "./catalog.js";

test.each(moduleNames)("the tests of %s pass", async (name) => {
  const { code, stdout, stderr } = await sheaf(["mod", "test", `modules/${name}`]);
  expect({ code, stderr, failed: stdout.match(/^failed .*/gm) ?? [] }).toEqual({ code: 0, stderr: "", failed: [] });
});
