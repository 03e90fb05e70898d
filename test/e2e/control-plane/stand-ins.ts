import { isJsonObject, type JsonObject } from "../../../src/engine/json/index.js";
import { type ApiAccess, sendRequest } from "./request.js";

/** A pod with a container of an image that has this in its name never becomes ready. */
export const neverReady = "never-ready";

const intervalMs = 100;
const options = { userAgent: "e2e-stand-in", contentType: "application/merge-patch+json" };

/**
 * Stands in for what a control plane without nodes does not have: for kubelets, so that every pod runs and is ready, and
 * for a storage provisioner, so that every claim gets a volume. The real controllers do the rest, so Deployments and the
 * like become ready by themselves.
 *
 * @returns What stops it
 */
export function startStandIns(access: ApiAccess): () => Promise<void> {
  let running = true;
  const loop = async () => {
    while (running) {
      // A fault here (the server is busy, the object is gone again) is made good by the next round.
      await Promise.all([
        eachPending(access, "pods", runPod),
        eachPending(access, "persistentvolumeclaims", bind),
      ]).catch(() => {});
      await new Promise((done) => setTimeout(done, intervalMs));
    }
  };
  const ended = loop();
  return () => {
    running = false;
    return ended;
  };
}

type Pending = Readonly<{ namespace: string; name: string; uid: string; spec: JsonObject }>;

async function eachPending(
  access: ApiAccess,
  plural: string,
  treat: (access: ApiAccess, object: Pending) => Promise<unknown>,
): Promise<void> {
  const { body } = await sendRequest(access, "GET", `/api/v1/${plural}`, undefined, options);
  for (const item of isJsonObject(body) && Array.isArray(body.items) ? body.items : []) {
    if (!isJsonObject(item) || !isJsonObject(item.metadata) || !isJsonObject(item.status)) continue;
    if (item.status.phase !== "Pending" || !isJsonObject(item.spec)) continue;
    const { namespace, name, uid } = item.metadata;
    if (typeof namespace === "string" && typeof name === "string" && typeof uid === "string")
      await treat(access, { namespace, name, uid, spec: item.spec });
  }
}

function runPod(access: ApiAccess, { namespace, name, spec }: Pending): Promise<unknown> {
  if (JSON.stringify(spec.containers).includes(neverReady)) return Promise.resolve();
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
    type,
    status: "True",
    lastTransitionTime: now,
  }));
  const status = { phase: "Running", startTime: now, conditions };
  return sendRequest(access, "PATCH", `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status }, options);
}

/** Makes a volume that is meant for the claim; the controller manager binds the two. */
function bind(access: ApiAccess, { namespace, name, uid, spec }: Pending): Promise<unknown> {
  const requested =
    isJsonObject(spec.resources) && isJsonObject(spec.resources.requests) ? spec.resources.requests : {};
  const volume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `claim-${uid}` }, // a volume is used once
    spec: {
      capacity: { storage: requested.storage ?? "1Gi" },
      accessModes: spec.accessModes ?? ["ReadWriteOnce"],
      storageClassName: spec.storageClassName ?? "",
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name },
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: "/nowhere" },
    },
  };
  return sendRequest(access, "POST", "/api/v1/persistentvolumes", volume, { userAgent: options.userAgent });
}
