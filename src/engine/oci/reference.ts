import type { SourcePos } from "../diagnostics/index.js";
import { formatPos } from "../diagnostics/index.js";
import { isDigest } from "./digest.js";
import { OciError } from "./errors.js";

/** Where an artifact is: `host` with its port, `repository` without a leading slash; `tag`, `digest` or both, or none. */
export type Reference = Readonly<{
  host: string;
  repository: string;
  tag?: string | undefined;
  digest?: string | undefined;
}>;

/** The form of a reference, as messages show it. */
export const referenceForm = "oci://host[:port]/repository[:tag][@sha256:digest]";

// Names, tags and components as the OCI distribution specification has them
// (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests).
const hostPattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Tells a name that a tag may have. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** What is wrong with a repository name and what would be right, or undefined for a good one. */
export function repositoryFault(repository: string): string | undefined {
  const bad = repository.split("/").find((component) => !componentPattern.test(component));
  if (bad === undefined) return repository.length > 255 ? "the repository is longer than 255 characters" : undefined;
  if (bad === "") return "the repository has an empty part; write one slash between parts and none at the end";
  if (componentPattern.test(bad.toLowerCase())) return `the repository part "${bad}" must be lower-case`;
  return `the repository part "${bad}" may hold only a-z and 0-9, with single ".", "_" or "-" between them`;
}

/**
 * Reads a reference to an artifact in a registry.
 *
 * @param text `oci://host[:port]/repository[:tag][@sha256:digest]`
 * @param pos The place of the text in a file, for messages
 * @throws {OciError} `bad-reference`, with what would be right
 * @example
 * ```ts
 * parseReference("oci://ghcr.io/stefanprodan/modules/flux-aio:2.9.4-0");
 * // { host: "ghcr.io", repository: "stefanprodan/modules/flux-aio", tag: "2.9.4-0" }
 * ```
 */
export function parseReference(text: string, pos?: SourcePos): Reference {
  const fail = (fault: string): OciError => {
    const place = pos === undefined ? "" : `${formatPos(pos)}: `;
    const message = `${place}${JSON.stringify(text)} is not a reference to an artifact: ${fault}`;
    return new OciError("bad-reference", message, { places: pos === undefined ? [] : [pos] });
  };
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(text)?.[0];
  if (scheme === undefined) throw fail(`it must start with "oci://", as in ${referenceForm}`);
  if (scheme !== "oci://") throw fail(`it starts with "${scheme}" where "oci://" is wanted`);

  const [name = "", digest, ...more] = text.slice(scheme.length).split("@");
  if (more.length > 0) throw fail(`it holds "@" twice; the form is ${referenceForm}`);
  if (digest !== undefined && !isDigest(digest)) {
    throw fail(`the digest "${digest}" must be "sha256:" and 64 hexadecimal digits in lower case`);
  }
  const slash = name.indexOf("/");
  if (slash < 0) throw fail(`it names no repository; the form is ${referenceForm}`);
  const host = name.slice(0, slash);
  const port = hostPattern.exec(host)?.[1];
  if (!hostPattern.test(host) || Number(port ?? 0) > 65_535)
    throw fail(`"${host}" is not a host name with an optional port`);

  const [repository = "", tag, ...tail] = name.slice(slash + 1).split(":");
  if (tail.length > 0) throw fail(`it holds more than one tag; the form is ${referenceForm}`);
  const fault = repositoryFault(repository);
  if (fault !== undefined) throw fail(fault);
  if (tag !== undefined && !isTag(tag)) {
    const hint = tag.includes("+") ? ' (a version with "+" cannot be a tag)' : "";
    throw fail(`the tag "${tag}" may hold only letters, digits, "_", "." and "-", at most 128 of them${hint}`);
  }
  return {
    host: host.toLowerCase(),
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The text of a reference, with its scheme. */
export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `oci://${host}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}
