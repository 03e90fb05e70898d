import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve("test/fixtures/seeds");

/** The environment that the seeds' bundles are applied in. */
export const seedEnv = {
  GCHR_TOKEN: "ghp-oci-5ecret",
  GITHUB_TOKEN: "ghp-git-5ecret",
  GIT_TOKEN: "glpat-5ecret",
  DEVTEAM_TOKEN: "ghp-dev-5ecret",
  GIT_CA: "-----BEGIN CERTIFICATE-----\nMIIB5ecretfake\n-----END CERTIFICATE-----",
};

/** A change of a seed's bundle, and what it does: kinds that appear as changed, and kinds that are pruned. */
export type SeedChange = Readonly<{ from: string; to: string; configured: string[]; pruned: string[] }>;

export type Seed = Readonly<{
  file: string;
  text: string;
  bundle: string;
  /** Needs Flux's definitions on the cluster, which another bundle brings. */
  needsFlux: boolean;
  change: SeedChange;
}>;

const changes: Readonly<Record<string, SeedChange>> = {
  "flux-aio.cue": {
    from: 'securityProfile: "privileged"',
    to: 'securityProfile: "privileged"\nlogLevel: "debug"',
    configured: ["Deployment"],
    pruned: [],
  },
  "flux-aio-aws.cue": {
    from: "enabled: true",
    to: "enabled: false",
    configured: ["Deployment"],
    pruned: ["PersistentVolumeClaim"],
  },
  "flux-aio-cilium.cue": {
    from: "operator: replicas: 1",
    to: "operator: replicas: 2",
    configured: ["HelmRelease"],
    pruned: [],
  },
  "git-sync-public.cue": {
    from: 'path: "./kustomize"',
    to: 'path: "./deploy"',
    configured: ["Kustomization"],
    pruned: [],
  },
  "git-sync-private.cue": {
    from: "token: string @timoni(runtime:string:GITHUB_TOKEN)",
    to: "",
    configured: ["GitRepository"],
    pruned: ["Secret"],
  },
  "git-sync-self-hosted.cue": {
    from: "ca: string @timoni(runtime:string:GIT_CA)",
    to: "",
    configured: ["Secret"],
    pruned: [],
  },
  "oci-sync-public.cue": {
    from: 'semver: ">=1.0.0"',
    to: 'semver: ">=2.0.0"',
    configured: ["OCIRepository"],
    pruned: [],
  },
  "oci-sync-private.cue": {
    from: /auth: credentials: \{[^}]*\}/.source,
    to: "",
    configured: ["OCIRepository"],
    pruned: ["Secret"],
  },
  "tenant.cue": {
    from: "kustomizations: 100",
    to: "kustomizations: 7",
    configured: ["ResourceQuota"],
    pruned: [],
  },
};

/** The nine bundles of the users' documents, as they wrote them. */
export const seeds: readonly Seed[] = readdirSync(folder)
  .sort()
  .map((file) => {
    const text = readFileSync(resolve(folder, file), "utf8");
    const change = changes[file];
    if (change === undefined) throw new Error(`test/support/seeds.ts names no change for ${file}`);
    const bundle = /name: "([^"]+)"/.exec(text)?.[1] ?? "";
    return { file, text, bundle, needsFlux: !file.startsWith("flux-aio"), change };
  });

/** The text of a seed with its change made. */
export function changedText({ text, change }: Seed): string {
  const changed = change.from.includes("\\")
    ? text.replace(new RegExp(change.from), change.to)
    : text.replace(change.from, change.to);
  if (changed === text) throw new Error(`${change.from} is not in the seed`);
  return changed;
}
