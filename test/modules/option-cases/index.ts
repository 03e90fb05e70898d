import { existsSync, readFileSync } from "node:fs";
import { moduleNames } from "../catalog.js";
import type { ModuleCases } from "./case.js";
import { fluxAio } from "./flux-aio.js";
import { fluxGitSync } from "./flux-git-sync.js";
import { fluxHelmRelease } from "./flux-helm-release.js";
import { fluxOciSync } from "./flux-oci-sync.js";
import { fluxTenant } from "./flux-tenant.js";
import { commonKustomizationCases } from "./kustomization.js";

const coded: Readonly<Record<string, ModuleCases>> = {
  "flux-aio": fluxAio,
  "flux-oci-sync": fluxOciSync,
  "flux-git-sync": fluxGitSync,
  "flux-helm-release": fluxHelmRelease,
  "flux-tenant": fluxTenant,
};
const withKustomization = new Set(["flux-oci-sync", "flux-git-sync", "flux-bucket-sync", "flux-kustomization"]);

/** Every option of every module, by module: cases that are code, and those that are plain data in a file of JSON. */
export const optionCases: Readonly<Record<string, ModuleCases>> = Object.fromEntries(
  moduleNames.map((name) => {
    const written = [coded[name], readCases(name)].filter((part) => part !== undefined);
    const common = withKustomization.has(name) ? commonKustomizationCases : [];
    return [name, { base: {}, ...written[0], cases: [...written.flatMap(({ cases }) => cases), ...common] }];
  }),
);

function readCases(name: string): ModuleCases | undefined {
  const file = new URL(`${name}.json`, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
