/**
 * A bundle as teams write it: five lines an instance, with a definition, defaults, references, interpolation and a loop.
 *
 * @param {number} count of instances
 */
export function bundleOf(count) {
  const instances = Array.from(
    { length: count },
    (_, i) => `    "app-${i}": #App & {
      values: git: url: "https://github.com/\\(#org)/app-${i}"
      values: git: path: "./deploy/${i}"
      values: sync: targetNamespace: "team-${i % 10}"
    }`,
  );
  return `#org: "example"
#App: {
  module: {url: *"oci://ghcr.io/stefanprodan/modules/flux-git-sync" | string, version: *"latest" | string}
  namespace: *"flux-system" | string
  values: {
    git: {url: string & =~"^https://", ref: *"refs/heads/main" | string, path: string, interval: *"5m" | string}
    sync: {targetNamespace: string, prune: *true | bool, wait: *true | bool, timeout: int & >0 | *3}
  }
}
bundle: {
  apiVersion: "v1alpha1"
  name: "teams"
  instances: {
${instances.join("\n")}
    for team in ["red", "green"] {
      "team-\\(team)": #App & {values: {git: {url: "https://github.com/example/\\(team)", path: "./"}, sync: targetNamespace: team}}
    }
  }
}
`;
}
