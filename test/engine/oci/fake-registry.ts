import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Artifact, digestOf } from "../../../src/engine/oci/index.js";

/** What a test does with a request instead of the registry, or `undefined` to let the registry answer. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => true | undefined;

/** A registry over plain http on a loopback port, which a test can make misbehave. */
export type FakeRegistry = Readonly<{
  host: string;
  /** `METHOD path` of each request, in order, with its authorization after a space where it had one. */
  requests: string[];
  /** What tags name, by `repository:tag`. */
  tags: Map<string, string>;
  /** Blobs and manifests, by digest. */
  contents: Map<string, Uint8Array>;
  intercept(handle: Intercept | undefined): void;
  close(): Promise<void>;
}>;

/** Serves artifacts under `repository:tag` names, and takes more. Tags come in pages of `pageSize`. */
export async function startRegistry(artifacts: Record<string, Artifact>, pageSize = 1000): Promise<FakeRegistry> {
  const all = Object.entries(artifacts);
  const tags = new Map(all.map(([name, { descriptor }]) => [name, descriptor.digest]));
  const contents = new Map(all.flatMap(([, { blobs }]) => blobs.map((bytes) => [digestOf(bytes), bytes] as const)));
  const uploads = new Map<string, Buffer>();
  const requests: string[] = [];
  let intercept: Intercept | undefined;

  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    requests.push([method, url, headers.authorization].filter(Boolean).join(" "));
    if (intercept?.(request, response)) return;
    const { pathname, searchParams } = new URL(url, "http://registry");
    const [, repository = "", kind, reference = ""] =
      /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|tags)\/(.*)$/.exec(pathname) ?? [];
    const send = (status: number, fields: Record<string, string | number>, body?: Uint8Array) =>
      void response.writeHead(status, fields).end(body);
    if (pathname === "/v2/") return send(200, {});
    if (kind === "tags") return sendTags(response, repository, searchParams.get("last") ?? "");
    if (kind === "blobs/uploads") {
      const at = (id: string, offset: number) => ({
        location: `/v2/${repository}/blobs/uploads/${id}?state=x`,
        range: `0-${Math.max(0, offset - 1)}`,
      });
      if (method === "POST") {
        const id = randomUUID();
        const digest = searchParams.get("mount");
        if (digest !== null && contents.has(digest))
          return send(201, { location: `/v2/${repository}/blobs/${digest}` });
        uploads.set(id, Buffer.alloc(0));
        return send(202, at(id, 0));
      }
      const before = uploads.get(reference);
      if (before === undefined) return refuse(response, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
      if (method === "GET") return send(204, at(reference, before.length));
      const range = headers["content-range"];
      if (range !== undefined && Number(range.split("-")[0]) !== before.length)
        return send(416, at(reference, before.length));
      const whole = Buffer.concat([before, await bodyOf(request)]);
      uploads.set(reference, whole);
      if (method === "PATCH") return send(202, at(reference, whole.length));
      const digest = searchParams.get("digest") ?? "";
      if (digestOf(whole) !== digest) return refuse(response, 400, "DIGEST_INVALID", "provided digest did not match");
      uploads.delete(reference);
      contents.set(digest, whole);
      return send(201, { location: `/v2/${repository}/blobs/${digest}` });
    }
    if (kind === "manifests" && method === "PUT") {
      const bytes = await bodyOf(request);
      const missing = blobsOf(bytes).some((digest) => !contents.has(digest));
      if (missing) return refuse(response, 400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry");
      contents.set(digestOf(bytes), bytes);
      if (!reference.includes(":")) tags.set(`${repository}:${reference}`, digestOf(bytes));
      return send(201, { "docker-content-digest": digestOf(bytes) });
    }
    if (kind === "manifests" && method === "DELETE") {
      const named = [...tags].filter(([name, digest]) =>
        reference.includes(":")
          ? name.startsWith(`${repository}:`) && digest === reference
          : name === `${repository}:${reference}`,
      );
      if (named.length === 0) return refuse(response, 404, "MANIFEST_UNKNOWN", "manifest unknown");
      for (const [name] of named) tags.delete(name);
      return send(202, {});
    }
    const digest = kind === "manifests" ? (tags.get(`${repository}:${reference}`) ?? reference) : reference;
    const bytes = contents.get(digest);
    if (bytes === undefined) return refuse(response, 404, "MANIFEST_UNKNOWN", "manifest unknown");
    const type = kind === "manifests" ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream";
    send(200, { "content-type": type, "content-length": bytes.length }, bytes);
  });

  function sendTags(response: ServerResponse, repository: string, after: string): void {
    const found = [...tags.keys()]
      .flatMap((name) => (name.startsWith(`${repository}:`) ? [name.slice(repository.length + 1)] : []))
      .sort();
    if (found.length === 0) return void refuse(response, 404, "NAME_UNKNOWN", "repository name not known to registry");
    const from = found.findIndex((tag) => tag > after);
    const page = from < 0 ? [] : found.slice(from, from + pageSize);
    const last = page.at(-1);
    if (last !== found.at(-1))
      response.setHeader("link", `</v2/${repository}/tags/list?n=${pageSize}&last=${last}>; rel="next"`);
    response.end(JSON.stringify({ name: repository, tags: page }));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${portOf(server.address())}`,
    requests,
    tags,
    contents,
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

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part);
  } catch {
    // The client went away: what came is kept, as a registry keeps it.
  }
  return Buffer.concat(parts);
}

/** The blobs and manifests that a manifest needs. */
function blobsOf(bytes: Uint8Array): string[] {
  return [
    ...Buffer.from(bytes)
      .toString()
      .matchAll(/"digest":"(sha256:[0-9a-f]{64})"/g),
  ].map(([, digest = ""]) => digest);
}
