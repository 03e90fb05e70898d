import { isJsonObject, type JsonObject, type JsonValue } from "../../../src/engine/json/index.js";
import { isKubeObject, type KubeObject } from "../../../src/engine/object/index.js";

const named = (apiVersion: string, kind: string, rest: JsonObject = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "web", namespace: "apps", labels: { app: "web" } },
  ...rest,
});
const selector = { matchLabels: { app: "web" } };
const podSpec: JsonObject = {
  serviceAccountName: "web",
  containers: [
    {
      name: "web",
      image: "web:1",
      args: ["--port=80"],
      env: [{ name: "A", value: "b" }],
      ports: [{ name: "http", containerPort: 80, protocol: "TCP" }],
      readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 5 },
      resources: { limits: { cpu: 1, memory: "64Mi" }, requests: { cpu: "100m" } },
      securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    },
  ],
  volumes: [{ name: "tmp", emptyDir: {} }],
  tolerations: [{ key: "a", operator: "Exists", effect: "NoSchedule" }],
};
const template = { metadata: { labels: { app: "web" } }, spec: podSpec };

/** Objects that are as they have to be. */
export const rightObjects = {
  deployment: named("apps/v1", "Deployment", { spec: { replicas: 1, selector, template } }),
  statefulSet: named("apps/v1", "StatefulSet", { spec: { serviceName: "web", selector, template } }),
  daemonSet: named("apps/v1", "DaemonSet", { spec: { selector, template } }),
  job: named("batch/v1", "Job", {
    spec: { backoffLimit: 1, template: { spec: { ...podSpec, restartPolicy: "Never" } } },
  }),
  cronJob: named("batch/v1", "CronJob", {
    spec: {
      schedule: "0 1 * * *",
      concurrencyPolicy: "Forbid",
      jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: "OnFailure" } } } },
    },
  }),
  service: named("v1", "Service", {
    spec: { type: "ClusterIP", selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  }),
  ingress: named("networking.k8s.io/v1", "Ingress", {
    spec: {
      ingressClassName: "nginx",
      rules: [
        {
          host: "a.example.com",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }],
          },
        },
      ],
    },
  }),
  networkPolicy: named("networking.k8s.io/v1", "NetworkPolicy", {
    spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: selector }] }] },
  }),
  autoscaler: named("autoscaling/v2", "HorizontalPodAutoscaler", {
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ],
    },
  }),
  budget: named("policy/v1", "PodDisruptionBudget", { spec: { minAvailable: "50%", selector } }),
  claim: named("v1", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  }),
  configMap: named("v1", "ConfigMap", { data: { a: "b" } }),
  secret: named("v1", "Secret", { type: "Opaque", stringData: { a: "b" }, data: { c: "ZA==" } }),
  role: named("rbac.authorization.k8s.io/v1", "Role", {
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  }),
  binding: named("rbac.authorization.k8s.io/v1", "RoleBinding", {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "web" },
    subjects: [{ kind: "ServiceAccount", name: "web", namespace: "apps" }],
  }),
  quota: named("v1", "ResourceQuota", { spec: { hard: { pods: "10" } } }),
  gitRepository: named("source.toolkit.fluxcd.io/v1", "GitRepository", {
    spec: { interval: "1m", url: "https://example.com/a", ref: { branch: "main" } },
  }),
  kustomization: named("kustomize.toolkit.fluxcd.io/v1", "Kustomization", {
    spec: { interval: "1m", path: "./", prune: true, sourceRef: { kind: "GitRepository", name: "web" } },
  }),
  helmRelease: named("helm.toolkit.fluxcd.io/v2", "HelmRelease", {
    spec: { interval: "1m", chartRef: { kind: "OCIRepository", name: "web" }, values: { any: { thing: [1] } } },
  }),
} satisfies Record<string, KubeObject>;

/** What is changed of a right object (undefined: taken away), and the fault that has to be found. */
export type WrongObject = readonly [
  base: keyof typeof rightObjects,
  path: string,
  value: JsonValue | undefined,
  fault: string,
];

const pod = "spec.template.spec";
const container = `${pod}.containers.0`;
const missing = "required value is missing";

export const wrongObjects: readonly WrongObject[] = [
  // Misspelled and misplaced fields.
  ["deployment", "spec.replica", 2, "spec.replica: unknown field; did you mean replicas?"],
  ["deployment", "spec.Replicas", 2, "spec.Replicas: unknown field; did you mean replicas?"],
  ["deployment", "metadata.label", {}, "metadata.label: unknown field; did you mean labels?"],
  ["deployment", "metadata.anotations", {}, "metadata.anotations: unknown field; did you mean annotations?"],
  ["deployment", "sepc", {}, "sepc: unknown field; did you mean spec?"],
  [
    "deployment",
    "spec.strategy",
    { rollingUpdte: {} },
    "spec.strategy.rollingUpdte: unknown field; did you mean rollingUpdate?",
  ],
  ["deployment", "spec.template.label", {}, "spec.template.label: unknown field; known are metadata, spec"],
  ["deployment", `${pod}.container`, [], `${pod}.container: unknown field; did you mean containers?`],
  ["deployment", `${pod}.replicas`, 1, `${pod}.replicas: unknown field`],
  ["deployment", `${pod}.nodeselector`, {}, `${pod}.nodeselector: unknown field; did you mean nodeSelector?`],
  ["deployment", `${container}.img`, "a", `${container}.img: unknown field`],
  ["deployment", `${container}.imagePullpolicy`, "Always", "did you mean imagePullPolicy?"],
  ["deployment", `${container}.environment`, [], `${container}.environment: unknown field`],
  ["deployment", `${container}.env.0.valueFrm`, {}, "did you mean valueFrom?"],
  ["deployment", `${container}.ports.0.port`, 80, `${container}.ports.0.port: unknown field`],
  ["deployment", `${container}.resources.limit`, {}, "did you mean limits?"],
  ["deployment", `${container}.livenessProb`, {}, "did you mean livenessProbe?"],
  ["deployment", `${container}.readinessProbe.httpGet.url`, "/", "httpGet.url: unknown field"],
  ["deployment", `${container}.securityContext.runAsNonroot`, true, "did you mean runAsNonRoot?"],
  ["deployment", `${container}.securityContext.fsGroup`, 1, "securityContext.fsGroup: unknown field"],
  ["deployment", `${container}.volumeMounts.0.path`, "/a", "volumeMounts.0.path: unknown field"],
  ["deployment", `${pod}.volumes.0.configmap`, {}, "did you mean configMap?"],
  ["deployment", `${pod}.volumes.0.emptyDir.size`, "1Mi", "emptyDir.size: unknown field"],
  ["deployment", `${pod}.tolerations.0.values`, [], "did you mean value?"],
  ["statefulSet", "spec.volumeClaimTemplate", [], "did you mean volumeClaimTemplates?"],
  ["statefulSet", "spec.strategy", {}, "spec.strategy: unknown field"],
  ["daemonSet", "spec.replicas", 1, "spec.replicas: unknown field"],
  ["job", "spec.backofLimit", 1, "did you mean backoffLimit?"],
  ["cronJob", "spec.jobTemplate.spec.template.spec.restartpolicy", "Never", "did you mean restartPolicy?"],
  ["cronJob", "spec.template", {}, "spec.template: unknown field"],
  ["service", "spec.port", 80, "spec.port: unknown field; did you mean ports?"],
  ["service", "spec.ports.0.targetport", 80, "did you mean targetPort?"],
  ["service", "spec.selector.matchLabels", {}, "spec.selector.matchLabels: expected a string; found an object"],
  ["ingress", "spec.rules.0.http.paths.0.backend.serviceName", "web", "backend.serviceName: unknown field"],
  ["ingress", "spec.rules.0.http.paths.0.pathtype", "Prefix", "did you mean pathType?"],
  ["ingress", "spec.ingressClass", "nginx", "did you mean ingressClassName?"],
  ["networkPolicy", "spec.ingres", [], "did you mean ingress?"],
  ["networkPolicy", "spec.ingress.0.from.0.podselector", {}, "did you mean podSelector?"],
  ["autoscaler", "spec.targetCPUUtilizationPercentage", 80, "spec.targetCPUUtilizationPercentage: unknown field"],
  ["budget", "spec.minavailable", 1, "did you mean minAvailable?"],
  ["claim", "spec.storageClass", "a", "did you mean storageClassName?"],
  ["configMap", "spec", {}, "spec: unknown field"],
  ["secret", "stringdata", {}, "did you mean stringData?"],
  ["role", "rules.0.verb", [], "did you mean verbs?"],
  ["binding", "roleref", {}, "did you mean roleRef?"],
  ["gitRepository", "spec.intervall", "1m", "did you mean interval?"],
  ["gitRepository", "spec.ref.brnch", "main", "did you mean branch?"],
  ["kustomization", "spec.targetNamespac", "a", "did you mean targetNamespace?"],
  ["kustomization", "spec.sourceRef.apiversion", "v1", "did you mean apiVersion?"],
  ["helmRelease", "spec.chartref", {}, "did you mean chartRef?"],
  [
    "helmRelease",
    "spec.install",
    { remediate: {} },
    "spec.install.remediate: unknown field; did you mean remediation?",
  ],
  // Wrong types.
  ["deployment", "spec.replicas", "3", 'spec.replicas: expected an integer (leave the quotes out); found "3"'],
  ["deployment", "spec.replicas", 1.5, "spec.replicas: expected an integer; found 1.5"],
  ["deployment", "spec.selector", "web", "spec.selector: expected an object"],
  ["deployment", "spec.template", [], "spec.template: expected an object; found a list"],
  [
    "deployment",
    "metadata.labels.version",
    1,
    "metadata.labels.version: expected a string (put it in quotes); found 1",
  ],
  [
    "deployment",
    "metadata.annotations",
    { on: true },
    "metadata.annotations.on: expected a string (put it in quotes); found true",
  ],
  ["deployment", `${pod}.containers`, {}, `${pod}.containers: expected a list; found an object`],
  ["deployment", `${pod}.hostNetwork`, "true", "expected true or false (leave the quotes out)"],
  ["deployment", `${pod}.terminationGracePeriodSeconds`, "30s", "expected an integer"],
  ["deployment", `${container}.args`, "--a", `${container}.args: expected a list`],
  ["deployment", `${container}.args.0`, 80, `${container}.args.0: expected a string (put it in quotes)`],
  ["deployment", `${container}.env`, { A: "b" }, `${container}.env: expected a list; found an object`],
  ["deployment", `${container}.env.0.value`, 8080, `${container}.env.0.value: expected a string (put it in quotes)`],
  ["deployment", `${container}.env.0.value`, false, `${container}.env.0.value: expected a string (put it in quotes)`],
  ["deployment", `${container}.ports.0.containerPort`, "80", "expected an integer (leave the quotes out)"],
  ["deployment", `${container}.readinessProbe.httpGet.port`, true, "expected an integer or a string"],
  ["deployment", `${container}.resources.limits.cpu`, {}, "expected a quantity"],
  ["deployment", `${container}.securityContext.runAsUser`, "root", "expected an integer"],
  ["deployment", `${container}.securityContext.capabilities.drop`, "ALL", "expected a list"],
  ["deployment", `${pod}.volumes.0`, "tmp", `${pod}.volumes.0: expected an object`],
  ["service", "spec.ports", { port: 80 }, "spec.ports: expected a list"],
  ["service", "spec.ports.0.port", "http", "spec.ports.0.port: expected an integer"],
  ["ingress", "spec.rules.0.http.paths.0.backend.service.port", 80, "expected an object"],
  ["autoscaler", "spec.maxReplicas", "3", "expected an integer (leave the quotes out)"],
  ["configMap", "data.port", 80, "data.port: expected a string (put it in quotes)"],
  ["configMap", "data.app", { a: 1 }, "data.app: expected a string; found an object"],
  ["secret", "immutable", "yes", "immutable: expected true or false"],
  ["role", "rules.0.verbs", "get", "rules.0.verbs: expected a list"],
  ["gitRepository", "spec.suspend", "no", "spec.suspend: expected true or false"],
  ["kustomization", "spec.dependsOn", ["a"], "spec.dependsOn.0: expected an object"],
  // Values that cannot be.
  [
    "deployment",
    `${container}.imagePullPolicy`,
    "Alway",
    'has to be one of "Always", "IfNotPresent", "Never"; found "Alway"',
  ],
  ["deployment", `${container}.ports.0.protocol`, "tcp", 'has to be one of "SCTP", "TCP", "UDP"'],
  ["deployment", `${container}.resources.limits.memory`, "64MB", "has to be a quantity such as"],
  ["deployment", `${pod}.restartPolicy`, "always", "has to be one of"],
  ["deployment", `${pod}.tolerations.0.effect`, "NoScheduling", "has to be one of"],
  ["deployment", "spec.replicas", 2 ** 32, "has to fit into 32 bits"],
  ["service", "spec.type", "Loadbalancer", 'has to be one of "ClusterIP"'],
  ["networkPolicy", "spec.policyTypes.0", "In", 'spec.policyTypes.0: has to be one of "Egress", "Ingress"'],
  ["claim", "spec.accessModes.0", "RWO", "spec.accessModes.0: has to be one of"],
  ["secret", "data.c", "plain text", "data.c: has to be Base64"],
  ["gitRepository", "spec.interval", "often", "spec.interval: has to match"],
  ["gitRepository", "spec.url", "git@example.com:a", "spec.url: has to match"],
  ["kustomization", "spec.sourceRef.kind", "Git", "spec.sourceRef.kind: has to be one of"],
  // What is missing.
  ["deployment", "spec.selector", undefined, `spec.selector: ${missing}`],
  ["deployment", "spec.template", undefined, `spec.template: ${missing}`],
  ["deployment", `${pod}.containers`, undefined, `${pod}.containers: ${missing}`],
  ["deployment", `${container}.name`, undefined, `${container}.name: ${missing}`],
  ["deployment", `${container}.volumeMounts.0.mountPath`, undefined, `mountPath: ${missing}`],
  ["deployment", `${container}.env.0.name`, undefined, `env.0.name: ${missing}`],
  ["service", "spec.ports.0.port", undefined, `spec.ports.0.port: ${missing}`],
  ["ingress", "spec.rules.0.http.paths.0.pathType", undefined, `pathType: ${missing}`],
  ["autoscaler", "spec.maxReplicas", undefined, `spec.maxReplicas: ${missing}`],
  ["cronJob", "spec.schedule", undefined, `spec.schedule: ${missing}`],
  ["binding", "roleRef", undefined, `roleRef: ${missing}`],
  ["role", "rules.0.verbs", undefined, `rules.0.verbs: ${missing}`],
  ["kustomization", "spec.sourceRef", undefined, `spec.sourceRef: ${missing}`],
  ["gitRepository", "spec.url", undefined, `spec.url: ${missing}`],
  // What servers check beside their schemas.
  ["deployment", "metadata.name", "Web", "metadata.name: has to be lower-case letters, digits, - and ."],
  ["service", "metadata.name", "web.apps", "metadata.name: has to be lower-case letters, digits and -"],
  ["role", "metadata.name", "a/b", "metadata.name: has to be without / and %"],
  ["gitRepository", "metadata.name", "a_b", "metadata.name: has to be lower-case letters"],
  ["configMap", "metadata.labels.app", "a b", "metadata.labels.app: has to be letters"],
  ["configMap", "metadata.labels.app", "x".repeat(64), "metadata.labels.app: has to be letters"],
  ["configMap", "metadata.labels.-a", "x", "metadata.labels.-a: the key has to be a name"],
  ["configMap", "metadata.annotations", { "a b/c": "x" }, 'metadata.annotations."a b/c": the key has to be a name'],
  ["deployment", "spec.template.metadata.labels", { app: "web", "a/b/c": "x" }, "the key has to be a name"],
  ["deployment", "spec.template.metadata.labels.app", "other", "the labels of the template do not have it"],
  ["statefulSet", "spec.selector", {}, "spec.selector: selects nothing"],
  ["deployment", "spec", undefined, `spec: ${missing}`],
  ["deployment", `${container}.volumeMounts.0.name`, "tpm", "there is no volume of this name"],
  ["cronJob", "spec.jobTemplate.spec.template.spec.volumes", [], "there is no volume of this name"],
  ["ingress", "spec.rules.0.host", "web_example", "spec.rules.0.host: has to be a DNS name"],
  // APIs that are gone, or never were.
  ["deployment", "apiVersion", "extensions/v1beta1", "was removed in Kubernetes 1.16; use apps/v1 Deployment"],
  ["deployment", "apiVersion", "apps/v1beta2", "was removed in Kubernetes 1.16; use apps/v1 Deployment"],
  ["deployment", "apiVersion", "app/v1", "there is no app/v1 Deployment; Deployment is in apps/v1"],
  ["cronJob", "apiVersion", "batch/v1beta1", "was removed in Kubernetes 1.25; use batch/v1 CronJob"],
  ["ingress", "apiVersion", "networking.k8s.io/v1beta1", "was removed in Kubernetes 1.22"],
  ["budget", "apiVersion", "policy/v1beta1", "was removed in Kubernetes 1.25"],
  ["autoscaler", "apiVersion", "autoscaling/v2beta2", "was removed in Kubernetes 1.26"],
  ["role", "apiVersion", "rbac.authorization.k8s.io/v1beta1", "was removed in Kubernetes 1.22"],
  ["service", "kind", "Servce", "there is no v1 Servce; did you mean Service?"],
  [
    "gitRepository",
    "apiVersion",
    "source.toolkit.fluxcd.io/v1beta2",
    "there is no source.toolkit.fluxcd.io/v1beta2 GitRepository",
  ],
];

/** A right object with a change. */
export function wrongObject([base, path, value]: WrongObject): KubeObject {
  const object = changed(rightObjects[base], path.split("."), value);
  if (!isKubeObject(object)) throw new TypeError(`${path} of ${base} makes no object`);
  return object;
}

function changed(at: JsonValue, [step, ...rest]: string[], to: JsonValue | undefined): JsonValue | undefined {
  if (step === undefined) return to;
  if (Array.isArray(at))
    return at.map((item, index) => (String(index) === step ? (changed(item, rest, to) ?? null) : item));
  const { [step]: known = {}, ...others } = isJsonObject(at) ? at : {};
  const made = changed(known, rest, to);
  return made === undefined ? others : { ...others, [step]: made };
}
