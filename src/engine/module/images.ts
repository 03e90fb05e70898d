import { isJsonObject, type JsonValue } from "../json/index.js";

const containerLists = ["initContainers", "containers", "ephemeralContainers"];

/** The images of all containers, wherever a pod's specification stands (also in custom resources), each once. */
export function imagesOf(objects: readonly JsonValue[]): string[] {
  const images = new Set<string>();
  const visit = (value: JsonValue): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isJsonObject(value) || value.kind === "CustomResourceDefinition") return;
    for (const list of containerLists) {
      const containers = value[list];
      if (!Array.isArray(containers)) continue;
      for (const container of containers)
        if (isJsonObject(container) && typeof container.image === "string") images.add(container.image);
    }
    Object.values(value).forEach(visit);
  };
  objects.forEach(visit);
  return [...images];
}
