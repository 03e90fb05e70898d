import { type InstanceId, protocol } from "../inventory/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { annotationOf, isSecret, type KubeObject, labelOf } from "../object/index.js";

/**
 * The object as it goes to a target: with the labels that tie it to its instance, and with a Secret's `stringData` as
 * `data`. The server would merge `stringData` itself, but then neither a comparison with the live object nor masking
 * could see it, and keys that a revision drops would stay.
 */
export function prepareObject(object: KubeObject, instance: InstanceId): KubeObject {
  const labels = isJsonObject(object.metadata.labels) ? object.metadata.labels : {};
  const labelled: KubeObject = {
    ...object,
    metadata: {
      ...object.metadata,
      labels: {
        ...labels,
        [protocol.label.instanceName]: instance.name,
        [protocol.label.instanceNamespace]: instance.namespace,
      },
    },
  };
  return isSecret(object) && isJsonObject(object.stringData) ? withData(labelled, object.stringData) : labelled;
}

/** Whether a live object still carries both labels of an instance: only then may it be pruned or deleted. */
export function belongsTo(object: KubeObject, instance: InstanceId): boolean {
  return (
    labelOf(object, protocol.label.instanceName) === instance.name &&
    labelOf(object, protocol.label.instanceNamespace) === instance.namespace
  );
}

/** The instance whose labels an object carries, or undefined where it carries none. */
export function ownerOf(object: KubeObject): InstanceId | undefined {
  const name = labelOf(object, protocol.label.instanceName);
  const namespace = labelOf(object, protocol.label.instanceNamespace);
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

/** Whether an object asks for a special treatment, by an annotation or a label. */
export function hasControl(object: KubeObject, control: keyof typeof protocol.control): boolean {
  const { key, value } = protocol.control[control];
  return annotationOf(object, key) === value || labelOf(object, key) === value;
}

function withData(secret: KubeObject, stringData: JsonObject): KubeObject {
  const { stringData: _, ...rest } = secret;
  const encoded = Object.entries(stringData).map(([key, text]): [string, JsonValue] => [key, toBase64(text)]);
  const data: JsonValue = { ...(isJsonObject(secret.data) ? secret.data : {}), ...Object.fromEntries(encoded) };
  return { ...rest, apiVersion: secret.apiVersion, kind: secret.kind, metadata: secret.metadata, data };
}

function toBase64(text: JsonValue): JsonValue {
  // What is no text is left for the server to refuse, with its own words.
  return typeof text === "string" ? Buffer.from(text, "utf8").toString("base64") : text;
}
