import { throwFaults } from "../diagnostics/index.js";
import { protocol } from "../inventory/index.js";
import type { KubeObject } from "../object/index.js";
import type { BundlePlan } from "../plan/index.js";
import { TargetError } from "../target/index.js";
import { mapAll } from "./concurrent.js";
import type { Run } from "./options.js";
import { namespaceRef, readMetadata } from "./read-metadata.js";
import { waitFor } from "./wait.js";

/** The namespaces of a bundle's instances, as far as they are not simply there. */
export type Namespaces = Readonly<{
  /** Those that the target does not have, each as it would be made, by name. */
  missing: ReadonlyMap<string, KubeObject>;
  /** Those that are on their way out. */
  terminating: readonly string[];
}>;

/** Looks which namespaces of instances are missing or going; those with a record in them are there. */
export async function findNamespaces(run: Run, plan: BundlePlan): Promise<Namespaces> {
  const known = new Set(plan.instances.flatMap(({ record, namespace }) => (record === undefined ? [] : namespace)));
  const names = [...new Set(plan.instances.map(({ namespace }) => namespace))].filter((name) => !known.has(name));
  const live = await mapAll(names, run.concurrency, (name) => readNamespace(run, name));
  const terminating = names.filter((_, index) => {
    const namespace = live[index];
    return typeof namespace === "object" && namespace.metadata.deletionTimestamp !== undefined;
  });
  const missing = names.filter((_, index) => live[index] === undefined);
  return { missing: new Map(missing.map((name) => [name, newNamespace(name)])), terminating };
}

/**
 * Waits until namespaces on their way out are gone: nothing can be made in them before. A dry run, which is to tell what is
 * there, does not wait.
 *
 * @throws {TargetError} `namespace-terminating`, for every namespace, in a dry run
 * @throws {ApplyError} Where they are not gone in time
 */
export async function waitForTerminating(run: Run, names: readonly string[], dryRun: boolean): Promise<void> {
  if (dryRun) {
    const text = "is being deleted; an apply waits until it is gone, a dry run has nothing to compare with before";
    throwFaults(names.map((name) => new TargetError("namespace-terminating", `namespace ${name} ${text}`)));
  }
  await waitFor(run, "gone", names.map(namespaceRef));
}

function newNamespace(name: string): KubeObject {
  const labels = { [protocol.label.createdBy]: protocol.fieldManager };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** A Namespace's metadata; a user who may not see it goes on as if it were there: the dry runs find out whether it is. */
async function readNamespace(run: Run, name: string): Promise<KubeObject | "unseen" | undefined> {
  try {
    return (await readMetadata(run, [namespaceRef(name)]))[0];
  } catch (error) {
    if (error instanceof TargetError && error.code === "forbidden") return "unseen";
    throw error;
  }
}
