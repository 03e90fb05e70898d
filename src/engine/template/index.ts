import type { CompiledTemplate, CompileOptions } from "./compile.js";

export type { CompiledTemplate } from "./compile.js";
export { TemplateError, type TemplateErrorCode } from "./errors.js";
export { type Helper, type HelperParam, helpers } from "./helpers.js";
export { defaultLimits, type TemplateLimits } from "./limits.js";
export type { Place, TemplateProgram } from "./program.js";
export { compareReleases, type Release } from "./release.js";
export {
  type Partials,
  type RenderedDocument,
  type RenderOptions,
  renderDocuments,
  renderTemplate,
  type Trace,
  type TracedPlace,
} from "./render.js";
export {
  type PartialUse,
  partialFacts,
  type TemplatePath,
  type TemplateTest,
  templatePaths,
  templateTests,
} from "./template-paths.js";
export { placeToPos } from "./text-places.js";

/**
 * Compiles a template: YAML with Handlebars expressions (docs/templates.md). Never throws for what the text holds; all
 * faults come back together, at their places in the text.
 *
 * @param text The template; it may hold several YAML documents
 * @param file What places call it: `modules/flux-aio/templates/rbac.yaml`
 * @example
 * ```ts
 * const { program, errors } = await compileTemplate("name: {{instance.name}}", "name.yaml");
 * throwFaults(errors);
 * renderTemplate(program, { instance: { name: "web" } }); // [{ name: "web" }]
 * ```
 */
export async function compileTemplate(text: string, file: string, options?: CompileOptions): Promise<CompiledTemplate> {
  // Loads yaml and handlebars, which no run needs that only renders compiled modules.
  const { compile } = await import("./compile.js");
  return compile(text, file, options);
}
