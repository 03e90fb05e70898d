import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourcePos } from "../../../src/engine/diagnostics/index.js";
import type { JsonValue, Located, LocatedField } from "../../../src/engine/json/index.js";
import type { ModuleFiles } from "../../../src/engine/module/index.js";

/** A small module with one of everything. */
export const podinfo: Readonly<Record<string, string>> = {
  "module.yaml": `apiVersion: sheaf/v1
kind: Module
name: podinfo
description: A small web application.
kubeVersion: ">=1.28.0-0"
constants:
  image: ghcr.io/stefanprodan/podinfo
applySets:
  - name: definitions
    kinds: [CustomResourceDefinition.apiextensions.k8s.io]
  - name: workloads
    kinds: [Deployment.apps]
healthChecks:
  - kind: Certificate.cert-manager.io
    ready: Ready
`,
  "values.schema.json": JSON.stringify(
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: false,
      required: ["url"],
      properties: {
        url: { type: "string", format: "url", pattern: "^https://", description: "the HTTPS address of the page" },
        replicas: { type: "integer", minimum: 0, default: 1, description: "How many pods run." },
        image: {
          type: "object",
          additionalProperties: false,
          default: {},
          properties: {
            tag: { type: "string", format: "image-tag", default: "6.0.0", description: "The tag." },
            digest: { type: "string", description: "The digest." },
          },
        },
        tls: {
          type: "object",
          additionalProperties: false,
          properties: { mode: { enum: ["strict", "off"], default: "strict", description: "How." } },
        },
        labels: { type: "object", additionalProperties: { type: "string" }, default: {}, description: "Labels." },
      },
      examples: [{ url: "https://example.com" }, { url: "https://example.com", tls: {}, replicas: 2 }],
    },
    null,
    2,
  ),
  "metadata.yaml": `labels:
  app.kubernetes.io/name: {{instance.name}}
  app.kubernetes.io/version: "{{module.version}}"
  {{#each values.labels}}
  {{@key}}: {{this}}
  {{/each}}
`,
  "templates/_notes.yaml": "this: is: not: read",
  "templates/app.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{instance.name}}
  namespace: {{instance.namespace}}
  labels:
    app.kubernetes.io/name: own
spec:
  replicas: {{values.replicas}}
  selector: { matchExpressions: [{ key: app, operator: DoesNotExist }] }
  template:
    spec:
      initContainers:
        - name: init
          image: busybox:1
      containers:
        - name: app
          image: {{module.constants.image}}:{{values.image.tag}}{{default values.image.digest ""}}
          args: ["--url={{values.url}}"]
---
{{#if values.tls}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{instance.name}}-tls
  namespace: {{instance.namespace}}
data:
  mode: {{values.tls.mode}}
{{/if}}
`,
  "crds/pages.json": JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "pages.example.com", annotations: { own: "yes" } },
    spec: { group: "example.com", names: { kind: "Page", plural: "pages" }, scope: "Cluster", versions: [] },
  }),
  "README.md": "# podinfo\n\n<!-- options:start -->\n<!-- options:end -->\n",
};

export function filesOf(texts: Readonly<Record<string, string>>): ModuleFiles {
  return new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

/** The module with some files changed, or with `undefined` left out. */
export function podinfoWith(changes: Readonly<Record<string, string | undefined>>): ModuleFiles {
  const texts = Object.entries({ ...podinfo, ...changes });
  return filesOf(Object.fromEntries(texts.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]]))));
}

/** The files of a folder. */
export function filesIn(folder: string): ModuleFiles {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path)];
    }),
  );
}

export const bundlePos: SourcePos = { file: "bundle.cue", offset: 0, line: 1, column: 1 };

/** Located data whose places count up by one line for each value, in order; keys stand at column 1, values at 5. */
export function locate(value: JsonValue, secret = false): Located {
  let line = 0;
  const convert = (data: JsonValue): Located => {
    line++;
    const pos = { file: "bundle.cue", offset: line * 10 + 4, line, column: 5 };
    if (Array.isArray(data)) return { kind: "list", items: data.map(convert), pos };
    if (typeof data !== "object" || data === null) return { kind: "scalar", value: data, pos, secret };
    const fields = Object.entries(data).map(([key, item]): [string, LocatedField] => {
      const value = convert(item);
      return [key, { keyPos: { ...value.pos, column: 1 }, value }];
    });
    return { kind: "struct", fields: new Map(fields), pos };
  };
  return convert(value);
}
