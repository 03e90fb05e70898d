import { ModuleError } from "./module-error.js";
import { updateReadme } from "./option-table.js";

/**
 * The files of a new module, by path: a small web application with a schema, templates, a page and a bundle that uses it.
 * It vets and applies as it is.
 *
 * @param name What the module is called: lower-case letters, digits and dashes
 * @throws {ModuleError} `bad-name`
 */
export function skeletonOf(name: string): Map<string, string> {
  if (!/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    const right = "write lower-case letters, digits and dashes, beginning with a letter, at most 63 of them";
    throw new ModuleError("bad-name", `${JSON.stringify(name)} is not a name for a module: ${right}`);
  }
  const named = (text: string) => text.replaceAll("NAME", name);
  const texts = Object.entries(files).map(([path, text]) => [named(path), named(text)] as const);
  const skeleton = new Map(texts);
  skeleton.set("values.schema.json", `${JSON.stringify(schema, null, 2)}\n`);
  skeleton.set("README.md", updateReadme(skeleton.get("README.md") ?? "", schema));
  return skeleton;
}

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  additionalProperties: false,
  properties: {
    replicas: { description: "How many pods run.", type: "integer", minimum: 0, default: 1 },
    image: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        repository: {
          description: "The container image.",
          type: "string",
          format: "image-repository",
          default: "ghcr.io/stefanprodan/podinfo",
        },
        tag: { description: "The tag of the image.", type: "string", format: "image-tag", default: "6.9.0" },
      },
    },
    port: {
      description: "The port that the service listens on.",
      type: "integer",
      minimum: 1,
      maximum: 65535,
      default: 80,
    },
    message: { description: "What the page says, instead of its own text.", type: "string" },
  },
  examples: [{ replicas: 2, message: "Hello" }],
};

const files = {
  "module.yaml": `apiVersion: sheaf/v1
kind: Module
name: NAME
description: A web application and its service.
kubeVersion: ">=1.28.0-0"
`,
  "metadata.yaml": `labels:
  app.kubernetes.io/name: {{instance.name}}
  app.kubernetes.io/version: {{values.image.tag}}
`,
  "templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{instance.name}}
  namespace: {{instance.namespace}}
spec:
  replicas: {{values.replicas}}
  selector:
    matchLabels:
      app.kubernetes.io/name: {{instance.name}}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {{instance.name}}
    spec:
      containers:
        - name: app
          image: "{{values.image.repository}}:{{values.image.tag}}"
          ports:
            - name: http
              containerPort: 9898
          {{#if values.message}}
          env:
            - name: PODINFO_UI_MESSAGE
              value: {{values.message}}
          {{/if}}
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
`,
  "templates/service.yaml": `apiVersion: v1
kind: Service
metadata:
  name: {{instance.name}}
  namespace: {{instance.namespace}}
spec:
  selector:
    app.kubernetes.io/name: {{instance.name}}
  ports:
    - name: http
      port: {{values.port}}
      targetPort: http
`,
  "tests/NAME.yaml": `# Run by: sheaf mod test
tests:
  - name: defaults
    count: 2
    objects:
      - kind: Deployment
        spec: { replicas: 1 }
  - name: a message reaches the page
    values: { message: Hello }
    objects:
      - kind: Deployment
        spec:
          template:
            spec:
              containers:
                - env: [{ name: PODINFO_UI_MESSAGE, value: Hello }]
  - name: a port that is none
    values: { port: 0 }
    error: values.port
`,
  "bundle.yaml": `# Tries the module out: sheaf bundle apply -f bundle.yaml --target dir:./cluster
bundle:
  apiVersion: v1alpha1
  name: NAME
  instances:
    NAME:
      module:
        url: file://.
      namespace: default
      values:
        replicas: 2
        message: Hello
`,
  "sheaf.ignore": `# What is not published with the module, in .gitignore syntax.
bundle.yaml
tests/
`,
  "README.md": `# NAME

A web application and its service.

## Usage

\`\`\`yaml
bundle:
  apiVersion: v1alpha1
  name: NAME
  instances:
    NAME:
      module:
        url: oci://registry.example.com/modules/NAME
        version: 1.0.0
      namespace: default
      values:
        replicas: 2
\`\`\`

## Options

<!-- options:start -->
<!-- options:end -->
`,
};
