import { readFileSync } from "node:fs";
import type { ModuleCases } from "./case.js";
import { fluxAio } from "./flux-aio.js";
import { fluxGitSync } from "./flux-git-sync.js";
import { fluxHelmRelease } from "./flux-helm-release.js";
import { fluxOciSync } from "./flux-oci-sync.js";
import { fluxTenant } from "./flux-tenant.js";

/** Every option of every module, by module. */
export const optionCases: Readonly<Record<string, ModuleCases>> = {
  "flux-aio": { ...fluxAio, cases: [...fluxAio.cases, ...casesIn("flux-aio-more").cases] },
  "flux-oci-sync": fluxOciSync,
  "flux-git-sync": fluxGitSync,
  "flux-helm-release": fluxHelmRelease,
  "flux-tenant": fluxTenant,
};

/** Cases that are plain data. */
function casesIn(name: string): ModuleCases {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));
}
