import type { JsonObject } from "../../../src/engine/json/index.js";
import type { Changes } from "../changes.js";
import { type ModuleCases, metadataCases } from "./case.js";
import { kustomization, kustomizationCases } from "./kustomization.js";

const git = "GitRepository/app: spec";
const gitSecret = (stringData: JsonObject): Changes => ({
  [`${git}.secretRef`]: { name: "app" },
  "+Secret/app": { stringData },
});
export const fluxGitSync: ModuleCases = {
  base: { git: { url: "https://git.example/a", path: "./a" } },
  cases: [
    ...metadataCases(["GitRepository/app", "Kustomization/app"]),
    { values: { git: { url: "https://git.example/b" } }, changes: { [`${git}.url`]: "https://git.example/b" } },
    { values: { git: { path: "./b" } }, changes: { [`${kustomization}.path`]: "./b" } },
    { values: { git: { ref: "refs/tags/v1" } }, changes: { [`${git}.ref.name`]: "refs/tags/v1" } },
    { values: { git: { interval: 7 } }, changes: { [`${git}.interval`]: "7m" } },
    { values: { git: { ignore: "/*" } }, changes: { [`${git}.ignore`]: "/*" } },
    { values: { git: { token: "t" } }, changes: gitSecret({ username: "git", password: "t" }) },
    { values: { git: { ca: "PEM" } }, changes: gitSecret({ "ca.crt": "PEM" }) },
    {
      values: { git: { token: "t", ca: "PEM" } },
      changes: gitSecret({ username: "git", password: "t", "ca.crt": "PEM" }),
    },
    {
      values: { github: { appID: "1", appInstallationID: "2", appPrivateKey: "k" } },
      changes: {
        [`${git}.provider`]: "github",
        ...gitSecret({
          username: "git",
          githubAppID: "1",
          githubAppInstallationID: "2",
          githubAppPrivateKey: "k",
        }),
      },
    },
    ...kustomizationCases,
  ],
};
