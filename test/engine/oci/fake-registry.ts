import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Artifact } from "../../../src/engine/oci/index.js";

/** What a test does with a request instead of the registry, or `undefined` to let the registry answer. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => true | undefined;

/** A read-only registry over plain http on a loopback port, which a test can make misbehave. */
export type FakeRegistry = Readonly<{
  host: string;
  /** `METHOD path` of each request, in order, with its authorization after a space where it had one. */
  requests: string[];
  intercept(handle: Intercept | undefined): void;
  close(): Promise<void>;
}>;

/** Serves artifacts under `repository:tag` names. Tags come in pages of `pageSize`. */
export async function startRegistry(artifacts: Record<string, Artifact>, pageSize = 1000): Promise<FakeRegistry> {
  const blobs = new Map(
    Object.values(artifacts).flatMap((artifact) =>
      artifact.blobs.map((bytes): [string, Uint8Array] => [digestOf(artifact, bytes), bytes]),
    ),
  );
  const requests: string[] = [];
  let intercept: Intercept | undefined;
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    requests.push([method, url, headers.authorization].filter(Boolean).join(" "));
    if (intercept?.(request, response)) return;
    const { pathname, searchParams } = new URL(url, "http://registry");
    const [, repository = "", kind, reference = ""] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/(.+)$/.exec(pathname) ?? [];
    if (pathname === "/v2/") return void response.end("{}");
    if (kind === "tags") {
      const tags = Object.keys(artifacts)
        .flatMap((name) => (name.startsWith(`${repository}:`) ? [name.slice(repository.length + 1)] : []))
        .sort();
      if (tags.length === 0) return refuse(response, 404, "NAME_UNKNOWN", "repository name not known to registry");
      const from = tags.findIndex((tag) => tag > (searchParams.get("last") ?? ""));
      const page = from < 0 ? [] : tags.slice(from, from + pageSize);
      const last = page.at(-1);
      if (last !== tags.at(-1))
        response.setHeader("link", `</v2/${repository}/tags/list?n=${pageSize}&last=${last}>; rel="next"`);
      return void response.end(JSON.stringify({ name: repository, tags: page }));
    }
    const bytes =
      kind === "manifests"
        ? blobs.get(artifacts[`${repository}:${reference}`]?.descriptor.digest ?? reference)
        : blobs.get(reference);
    if (bytes === undefined) return refuse(response, 404, "MANIFEST_UNKNOWN", "manifest unknown");
    if (kind === "manifests") response.setHeader("content-type", "application/vnd.oci.image.manifest.v1+json");
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${portOf(server.address())}`,
    requests,
    intercept: (handle) => {
      intercept = handle;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Answers as the distribution specification says that a refusal looks. */
export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the server does not listen on a port");
  return address.port;
}

function digestOf({ descriptor, manifest, blobs }: Artifact, bytes: Uint8Array): string {
  const digests = [manifest.config.digest, ...manifest.layers.map((layer) => layer.digest), descriptor.digest];
  return digests[blobs.indexOf(bytes)] ?? "";
}
