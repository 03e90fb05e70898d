import { isJsonObject, type JsonValue } from "../json/index.js";

const containerLists = ["initContainers", "containers", "ephemeralContainers"];

/** A container's image, and the way to it. */
export type ContainerImage = Readonly<{ image: string; steps: readonly (string | number)[] }>;

/** The images of all containers of an object, wherever a pod's specification stands (also in custom resources). */
export function* findImages(value: JsonValue, steps: ContainerImage["steps"] = []): Generator<ContainerImage> {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* findImages(item, [...steps, index]);
  if (!isJsonObject(value) || value.kind === "CustomResourceDefinition") return;
  for (const list of containerLists) {
    const containers = value[list];
    if (!Array.isArray(containers)) continue;
    for (const [index, container] of containers.entries())
      if (isJsonObject(container) && typeof container.image === "string")
        yield { image: container.image, steps: [...steps, list, index, "image"] };
  }
  for (const [key, child] of Object.entries(value)) yield* findImages(child, [...steps, key]);
}

/** The images of all containers of objects, each once. */
export function imagesOf(objects: readonly JsonValue[]): string[] {
  return [...new Set(objects.flatMap((object) => [...findImages(object)].map(({ image }) => image)))];
}
