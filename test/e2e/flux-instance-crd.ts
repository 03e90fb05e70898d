import type { JsonObject } from "../../src/engine/json/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";

const text: JsonObject = { type: "string" };
const flag: JsonObject = { type: "boolean" };
const texts: JsonObject = { type: "object", additionalProperties: text };
const choice = (...values: string[]): JsonObject => ({ type: "string", enum: values });
const fields = (properties: JsonObject, ...required: string[]): JsonObject => ({
  type: "object",
  properties,
  ...(required.length > 0 && { required }),
});
/** What a rule in CEL asks for. */
const checked = (schema: JsonObject, ...rules: JsonObject[]): JsonObject => ({
  ...schema,
  "x-kubernetes-validations": rules,
});
const list = (items: JsonObject): JsonObject => ({ type: "array", items });
const named = (...names: string[]): JsonObject => Object.fromEntries(names.map((name) => [name, text]));

/** The fields and rules of a FluxInstance of flux-operator v0.58. The operator's own definition is not ours to carry. */
const spec = checked(
  fields(
    {
      distribution: fields(
        {
          ...named("version", "registry", "imagePullSecret", "artifactPullSecret"),
          artifact: { ...text, pattern: "^oci://.*$" },
          variant: choice(
            "upstream-alpine",
            "enterprise-alpine",
            "enterprise-distroless",
            "enterprise-distroless-fips",
          ),
        },
        "version",
        "registry",
      ),
      components: list(
        choice(
          ...["source", "kustomize", "helm", "notification", "image-reflector", "image-automation"].map(
            (name) => `${name}-controller`,
          ),
          "source-watcher",
        ),
      ),
      commonMetadata: fields({ labels: texts, annotations: texts }),
      cluster: checked(
        fields({
          ...named(
            "domain",
            "tenantDefaultServiceAccount",
            "tenantDefaultDecryptionServiceAccount",
            "tenantDefaultKubeConfigServiceAccount",
          ),
          multitenant: flag,
          multitenantWorkloadIdentity: flag,
          objectLevelWorkloadIdentity: flag,
          networkPolicy: flag,
          type: choice("kubernetes", "openshift", "aws", "azure", "gcp"),
          size: choice("small", "medium", "large"),
        }),
        {
          rule: "!(has(self.multitenantWorkloadIdentity) && self.multitenantWorkloadIdentity) || (has(self.objectLevelWorkloadIdentity) && self.objectLevelWorkloadIdentity)",
          message: "multitenantWorkloadIdentity needs objectLevelWorkloadIdentity",
        },
      ),
      sharding: fields(
        { key: text, shards: { ...list(text), minItems: 1 }, storage: choice("ephemeral", "persistent") },
        "shards",
      ),
      storage: fields({ class: text, size: text }, "class", "size"),
      kustomize: fields({
        patches: list(
          fields(
            {
              patch: text,
              target: fields(
                named("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"),
              ),
            },
            "patch",
          ),
        ),
      }),
      wait: flag,
      migrateResources: flag,
      sync: checked(
        fields(
          {
            ...named("url", "ref", "path", "pullSecret"),
            name: { ...text, maxLength: 63 },
            interval: { ...text, pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$" },
            kind: choice("OCIRepository", "GitRepository", "Bucket"),
            provider: choice("generic", "aws", "azure", "gcp", "github"),
          },
          "kind",
          "url",
          "ref",
          "path",
        ),
        {
          rule: "!has(self.provider) || self.provider != 'gcp' || self.kind in ['OCIRepository', 'Bucket']",
          message: "gcp is for OCIRepository and Bucket",
        },
        {
          rule: "!has(self.provider) || self.provider != 'github' || self.kind == 'GitRepository'",
          message: "github is for GitRepository",
        },
      ),
    },
    "distribution",
  ),
  {
    rule: "!has(self.sharding) || !has(self.sharding.storage) || self.sharding.storage != 'persistent' || has(self.storage)",
    message: "persistent shards need storage",
  },
);

export const fluxInstanceDefinition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "fluxinstances.fluxcd.controlplane.io" },
  spec: {
    group: "fluxcd.controlplane.io",
    names: { kind: "FluxInstance", plural: "fluxinstances", singular: "fluxinstance", listKind: "FluxInstanceList" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: checked(fields({ spec, status: { type: "object" } }), {
            rule: "self.metadata.name == 'flux'",
            message: "the name has to be flux",
          }),
        },
      },
    ],
  },
};
