import { suggest } from "../diagnostics/index.js";
import { OciError, openLayout, type Repository } from "../oci/index.js";
import { catalogMirror } from "./mirror.js";
import { ResolveError } from "./resolve-error.js";

/** The names of the modules in a catalog, sorted. Empty where there is no catalog. */
export async function catalogModules(catalogDir: string): Promise<string[]> {
  const layout = await openLayout(catalogDir).catch((fault: unknown) => {
    if (!(fault instanceof OciError)) throw fault;
    return undefined;
  });
  return [...new Set(layout?.entries.map(({ repository }) => repository))].sort();
}

/**
 * The repository of a module in the catalog.
 *
 * @param url The URL that a bundle gave, for messages
 * @throws {ResolveError} `unknown-module`, with the modules that there are
 */
export async function catalogLayout(catalogDir: string, name: string, url: string): Promise<Repository> {
  const { entries, repository } = await openLayout(catalogDir);
  const names = [...new Set(entries.map((entry) => entry.repository))].sort();
  if (names.includes(name)) return repository(name);
  const near = suggest(name, names);
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  const fault = `There is no module ${url} in the built-in catalog, which has ${names.join(", ")}.${hint}`;
  const way = `To take it from elsewhere, use --mirror ${catalogMirror.from}=TO`;
  throw new ResolveError("unknown-module", `${fault} ${way}`);
}
