import type { JsonObject } from "../../../src/engine/json/index.js";
import { type ModuleCases, type OptionCase, onEach, pullConfig } from "./case.js";

const pod = "Deployment/flux: spec.template.spec";
const every = `${pod}.containers[*]`;
const hundredAs = `sha256:${"a".repeat(64)}`;

function controllerCases(key: string, component: string, tag: string, gates: string): OptionCase[] {
  const at = `${pod}.containers[${component}]`;
  const controller = (value: JsonObject): JsonObject => ({ controllers: { [key]: value } });
  const image = `ghcr.io/fluxcd/${component}`;
  return [
    {
      values: controller({ image: { repository: "registry.example.com/flux/own" } }),
      changes: { [`${at}.image`]: `registry.example.com/flux/own:${tag}` },
    },
    { values: controller({ image: { tag: "v9" } }), changes: { [`${at}.image`]: `${image}:v9` } },
    {
      values: controller({ image: { digest: hundredAs } }),
      changes: { [`${at}.image`]: `${image}:${tag}@${hundredAs}` },
    },
    {
      values: controller({ image: { tag: "", digest: hundredAs } }),
      changes: { [`${at}.image`]: `${image}@${hundredAs}` },
    },
    { values: controller({ image: { pullPolicy: "Always" } }), changes: { [`${at}.imagePullPolicy`]: "Always" } },
    {
      values: controller({ resources: { limits: { memory: "2Gi" } } }),
      changes: { [`${at}.resources.limits.memory`]: "2Gi", [`${at}.resources.requests`]: null },
    },
    {
      values: controller({ featureGates: "A=true,B=false" }),
      changes: {
        [`${at}.args+`]: ["--feature-gates=A=true,B=false"],
        ...(gates !== "" && { [`${at}.args-`]: [`--feature-gates=${gates}`] }),
      },
    },
  ];
}

const service = (port: string): JsonObject => ({
  spec: {
    type: "ClusterIP",
    selector: { "app.kubernetes.io/name": "flux" },
    ports: [{ name: "http", port: 80, targetPort: port, protocol: "TCP" }],
  },
});
const events = ["--events-addr=http://localhost:9690"];
const antiAffinity = [
  {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchExpressions: [{ key: "app.kubernetes.io/name", operator: "In", values: ["flux"] }] },
  },
];
const arm = { matchExpressions: [{ key: "kubernetes.io/arch", operator: "In", values: ["arm64"] }] };
const zone = [{ topologyKey: "topology.kubernetes.io/zone" }];
const eachObject = [
  "Namespace/apps",
  "ClusterRole/flux-view",
  "ClusterRoleBinding/flux",
  "ResourceQuota/flux",
  "ServiceAccount/flux",
  "Deployment/flux",
  ...[
    "alerts.notification.toolkit.fluxcd.io",
    "artifactgenerators.source.extensions.fluxcd.io",
    "buckets.source.toolkit.fluxcd.io",
    "externalartifacts.source.toolkit.fluxcd.io",
    "gitrepositories.source.toolkit.fluxcd.io",
    "helmcharts.source.toolkit.fluxcd.io",
    "helmreleases.helm.toolkit.fluxcd.io",
    "helmrepositories.source.toolkit.fluxcd.io",
    "imagepolicies.image.toolkit.fluxcd.io",
    "imagerepositories.image.toolkit.fluxcd.io",
    "imageupdateautomations.image.toolkit.fluxcd.io",
    "kustomizations.kustomize.toolkit.fluxcd.io",
    "ocirepositories.source.toolkit.fluxcd.io",
    "providers.notification.toolkit.fluxcd.io",
    "receivers.notification.toolkit.fluxcd.io",
  ].map((name) => `CustomResourceDefinition/${name}`),
];

export const fluxAio: ModuleCases = {
  base: {},
  instance: { name: "flux", namespace: "apps" },
  cases: [
    { values: { version: "v2" }, changes: onEach(eachObject, "labels.app.kubernetes.io/version", "v2") },
    { values: { metadata: { labels: { team: "a" } } }, changes: onEach(eachObject, "labels.team", "a") },
    {
      values: { metadata: { annotations: { "example.com/b": "no" } } },
      changes: onEach(eachObject, "annotations.example.com/b", "no"),
    },
    { values: { controllers: { source: { enabled: true } } }, changes: {} },
    {
      values: { controllers: { kustomize: { enabled: false } } },
      changes: { [`${pod}.containers[kustomize-controller]`]: null },
    },
    {
      values: { controllers: { helm: { enabled: false } } },
      changes: { [`${pod}.containers[helm-controller]`]: null },
    },
    {
      values: { controllers: { notification: { enabled: false } } },
      changes: {
        [`${pod}.containers[notification-controller]`]: null,
        [`${pod}.containers[source-controller].args-`]: events,
        [`${pod}.containers[kustomize-controller].args-`]: events,
        [`${pod}.containers[helm-controller].args-`]: events,
        [`${pod}.containers[source-watcher].args-`]: events,
      },
    },
    {
      values: { controllers: { watcher: { enabled: false } } },
      changes: { [`${pod}.containers[source-watcher]`]: null },
    },
    ...controllerCases("source", "source-controller", "v1.9.4", ""),
    ...controllerCases("kustomize", "kustomize-controller", "v1.9.4", "ExternalArtifact=true"),
    ...controllerCases("helm", "helm-controller", "v1.6.3", "ExternalArtifact=true"),
    ...controllerCases("notification", "notification-controller", "v1.9.3", ""),
    ...controllerCases("watcher", "source-watcher", "v2.2.3", ""),
    {
      values: { expose: { webhookReceiver: true } },
      changes: { "+Service/webhook-receiver": service("http-webhook-nc") },
    },
    {
      values: { expose: { notificationServer: true } },
      changes: { "+Service/notification-controller": service("http-nc") },
    },
    { values: { expose: { sourceServer: true } }, changes: { "+Service/source-controller": service("http-sc") } },
    {
      values: { proxy: { https: "http://p:1", http: "http://p:2", no: "x" } },
      changes: {
        [`${every}.env[HTTPS_PROXY]`]: { name: "HTTPS_PROXY", value: "http://p:1" },
        [`${every}.env[HTTP_PROXY]`]: { name: "HTTP_PROXY", value: "http://p:2" },
        [`${every}.env[NO_PROXY].value`]: "x",
      },
    },
    { values: { env: { A: "no" } }, changes: { [`${every}.env[A]`]: { name: "A", value: "no" } } },
    {
      values: { securityProfile: "restricted" },
      changes: {
        [`${pod}.containers[kustomize-controller].args+`]: [
          "--no-cross-namespace-refs",
          "--no-remote-bases",
          "--default-service-account=flux",
        ],
        [`${pod}.containers[helm-controller].args+`]: ["--no-cross-namespace-refs", "--default-service-account=flux"],
        [`${pod}.containers[notification-controller].args+`]: ["--no-cross-namespace-refs"],
      },
    },
    {
      values: { podSecurityProfile: "restricted" },
      changes: Object.fromEntries(
        ["enforce", "warn", "audit"].map((mode) => [
          `Namespace/apps: metadata.labels.pod-security.kubernetes.io/${mode}`,
          "restricted",
        ]),
      ),
    },
    {
      values: { logLevel: "debug" },
      changes: { [`${every}.args+`]: ["--log-level=debug"], [`${every}.args-`]: ["--log-level=info"] },
    },
    { values: { hostNetwork: false }, changes: { [`${pod}.hostNetwork`]: false } },
    { values: { compatibility: "openshift" }, changes: { [`${pod}.securityContext`]: null } },
    {
      values: { workload: { provider: "aws", identity: "arn:x" } },
      changes: { "ServiceAccount/flux: metadata.annotations.eks.amazonaws.com/role-arn": "arn:x" },
    },
    {
      values: { workload: { provider: "gcp", identity: "a@b" } },
      changes: { "ServiceAccount/flux: metadata.annotations.iam.gke.io/gcp-service-account": "a@b" },
    },
    {
      values: { workload: { provider: "azure", identity: "id" } },
      changes: {
        "ServiceAccount/flux: metadata.annotations.azure.workload.identity/client-id": "id",
        "ServiceAccount/flux: metadata.labels.azure.workload.identity/use": "true",
        "Deployment/flux: metadata.labels.azure.workload.identity/use": "true",
        "Deployment/flux: spec.template.metadata.labels.azure.workload.identity/use": "true",
      },
    },
    {
      values: { reconcile: { concurrent: 9, requeue: 7 } },
      changes: Object.fromEntries(
        ["source", "kustomize", "helm"].flatMap((key) => [
          [`${pod}.containers[${key}-controller].args+`, ["--concurrent=9", "--requeue-dependency=7s"]],
          [`${pod}.containers[${key}-controller].args-`, ["--concurrent=5", "--requeue-dependency=30s"]],
        ]),
      ),
    },
    {
      values: { persistence: { enabled: true, storageClass: "fast", size: "1Ti" } },
      changes: {
        [`${pod}.volumes[data].emptyDir`]: null,
        [`${pod}.volumes[data].persistentVolumeClaim`]: { claimName: "flux" },
        "+PersistentVolumeClaim/flux": {
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: "fast",
            resources: { requests: { storage: "1Ti" } },
          },
        },
      },
    },
    { values: { tmpfs: { enabled: true } }, changes: { [`${pod}.volumes[tmp].emptyDir.medium`]: "Memory" } },
    {
      values: { tmpfs: { enabled: true, sizeLimit: "64Mi" } },
      changes: {
        [`${pod}.volumes[tmp].emptyDir.medium`]: "Memory",
        [`${pod}.volumes[tmp].emptyDir.sizeLimit`]: "64Mi",
      },
    },
    {
      values: {
        resources: {
          requests: { cpu: "1", memory: "1Mi", "ephemeral-storage": "1Gi" },
          limits: { memory: "2Gi", cpu: "2" },
          claims: [{ name: "c" }],
        },
      },
      changes: {
        [`${every}.resources.requests.cpu`]: "1",
        [`${every}.resources.requests.memory`]: "1Mi",
        [`${every}.resources.requests.ephemeral-storage`]: "1Gi",
        [`${every}.resources.limits.memory`]: "2Gi",
        [`${every}.resources.limits.cpu`]: "2",
        [`${every}.resources.claims`]: [{ name: "c" }],
      },
    },
    {
      values: { imagePullSecrets: [{ name: "regcred" }] },
      changes: { [`${pod}.imagePullSecrets`]: [{ name: "regcred" }] },
    },
    {
      values: {
        imagePullSecrets: [{ name: "regcred" }],
        imagePullSecret: { registry: "ghcr.io", username: "u", password: "p" },
      },
      changes: {
        [`${pod}.imagePullSecrets`]: [{ name: "regcred" }, { name: "flux-image-pull" }],
        "+Secret/flux-image-pull": {
          type: "kubernetes.io/dockerconfigjson",
          stringData: { ".dockerconfigjson": pullConfig("ghcr.io") },
        },
      },
    },
    {
      values: {
        securityContext: {
          allowPrivilegeEscalation: true,
          readOnlyRootFilesystem: false,
          runAsNonRoot: false,
          privileged: true,
          runAsUser: 1,
          runAsGroup: 2,
          capabilities: { add: ["NET_RAW"], drop: [] },
          seccompProfile: { type: "Unconfined" },
          appArmorProfile: { type: "Unconfined" },
          procMount: "Default",
          seLinuxOptions: { level: "a", role: "b", type: "c", user: "d" },
        },
      },
      changes: {
        [`${every}.securityContext.allowPrivilegeEscalation`]: true,
        [`${every}.securityContext.readOnlyRootFilesystem`]: false,
        [`${every}.securityContext.runAsNonRoot`]: false,
        [`${every}.securityContext.privileged`]: true,
        [`${every}.securityContext.runAsUser`]: 1,
        [`${every}.securityContext.runAsGroup`]: 2,
        [`${every}.securityContext.capabilities.add`]: ["NET_RAW"],
        [`${every}.securityContext.capabilities.drop-`]: ["ALL"],
        [`${every}.securityContext.seccompProfile.type`]: "Unconfined",
        [`${every}.securityContext.appArmorProfile`]: { type: "Unconfined" },
        [`${every}.securityContext.procMount`]: "Default",
        [`${every}.securityContext.seLinuxOptions`]: { level: "a", role: "b", type: "c", user: "d" },
      },
    },
    {
      values: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [arm] },
            preferredDuringSchedulingIgnoredDuringExecution: [],
          },
          podAffinity: {},
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: zone },
        },
      },
      changes: {
        [`${pod}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms+`]: [arm],
        [`${pod}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms-`]: [
          { matchExpressions: [{ key: "kubernetes.io/os", operator: "In", values: ["linux"] }] },
        ],
        [`${pod}.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution`]: [],
        [`${pod}.affinity.podAffinity`]: {},
        [`${pod}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution+`]: zone,
        [`${pod}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution-`]: antiAffinity,
      },
    },
    {
      values: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } },
      changes: { [`${pod}.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution`]: [] },
    },
    {
      values: { tolerations: [{ operator: "Exists" }] },
      changes: {
        [`${pod}.tolerations+`]: [{ operator: "Exists" }],
        [`${pod}.tolerations-`]: [
          { operator: "Exists", key: "node.kubernetes.io/not-ready" },
          {
            operator: "Exists",
            key: "node.kubernetes.io/unreachable",
            effect: "NoExecute",
            tolerationSeconds: 300,
          },
        ],
      },
    },
  ],
};
