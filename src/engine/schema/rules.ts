import { createHash } from "node:crypto";
import type { Ajv2020 as Ajv, ErrorObject, KeywordCxt } from "ajv/dist/2020.js";
import type { JsonObject } from "../json/index.js";
import { createAjv } from "./create-ajv.js";
import { precompiled } from "./precompiled.js";
import { yamlMediaType } from "./yaml-text.js";

/** What a schema says, as a function: it fills defaults into the data, and adds the places of YAML texts to `this`. */
export type Rules = { (this: Set<string>, data: unknown): boolean; errors?: ErrorObject[] | null };

/** The rules of a schema: those that the build made, otherwise compiled by ajv, which takes up to 100 ms. */
export async function rulesOf(schema: JsonObject): Promise<Rules> {
  const load = precompiled.get(schemaKey(schema));
  if (load !== undefined) return (await load()).validate;
  return (await ajvForRules(schema)).compile(withoutName(schema));
}

/** What tells one schema from others. */
export function schemaKey(schema: JsonObject): string {
  return createHash("sha256").update(JSON.stringify(schema)).digest("hex");
}

/** Without the meta-schema its name means nothing. */
export function withoutName({ $schema: _, ...rules }: JsonObject): JsonObject {
  return rules;
}

/** The ajv that compiles rules; with `source`, into code that can be kept. */
export async function ajvForRules(schema: JsonObject, source = false): Promise<Ajv> {
  const { _, Name, str } = await import("ajv/dist/2020.js");
  const path = new Name("instancePath");
  const ajv = await createAjv(schema, { meta: false, source });
  ajv.removeKeyword("contentMediaType").addKeyword({
    keyword: "contentMediaType",
    type: "string",
    code({ gen, schema: mediaType, it }: KeywordCxt) {
      if (mediaType === yamlMediaType) gen.code(_`this.add(${str`${path}${it.errorPath}`})`);
    },
  });
  return ajv;
}
