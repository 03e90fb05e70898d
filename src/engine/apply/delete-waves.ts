import { instanceKey } from "../inventory/index.js";
import { isDefinition, isNamespace, type ObjectRef, refKey } from "../object/index.js";
import { type Sentence, sentenceOf } from "./doomed.js";

/** Objects that are deleted together. `mustBeGone`: the next wave would hang without it, so it is waited for in any case. */
export type Wave = Readonly<{ sentences: readonly Sentence[]; mustBeGone: boolean }>;

const rightsKinds = new Set(["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]);

/**
 * Orders what is deleted of a bundle so that whatever has finalizers is gone while what clears them still works
 * (docs/cluster-state.md, "What the other implementation gets wrong"):
 *
 * 1. custom resources of the bundle's own definitions: their controllers run in the bundle
 * 2. per instance, the last first: other custom resources, since they may need the instance's Secrets; then the rest
 * 3. accounts, rights and definitions of all instances: a Kustomization prunes its workloads with its tenant's rights
 * 4. Namespaces: their deletion takes everything along, the records included
 *
 * @param sentences All recorded objects that are live, in the order of deletion
 * @param resources Custom resources of the bundle's definitions, the bundle's own and others
 */
export function planWaves(sentences: readonly Sentence[], resources: readonly ObjectRef[]): Wave[] {
  const left = sentences.filter(({ kept }) => kept === undefined);
  const take = (isMember: (sentence: Sentence) => boolean): Sentence[] => {
    const members = left.filter(isMember);
    left.splice(0, left.length, ...left.filter((sentence) => !members.includes(sentence)));
    return members;
  };
  const dependents = new Set(resources.map(refKey));
  // What another instance has taken is a stranger too, though it is recorded here.
  const own = new Set(left.map(({ ref }) => refKey(ref)));
  const strangers = resources.filter((ref) => !own.has(refKey(ref)));
  const definer = sentences.find(({ ref }) => isDefinition(ref))?.instance;
  const ownDependents = take(({ ref }) => dependents.has(refKey(ref)));

  const namespaces = take(({ ref }) => isNamespace(ref));
  const rights = take(({ ref }) => rightsKinds.has(ref.kind) || isDefinition(ref));
  const instances = [...new Set(left.map(({ instance }) => instanceKey(instance)))];
  const perInstance = instances.flatMap((key) => [
    take(({ instance, ref }) => instanceKey(instance) === key && isCustom(ref)),
    take(({ instance }) => instanceKey(instance) === key),
  ]);
  const waves: Wave[] = [
    {
      sentences: [...strangers.flatMap((ref) => (definer ? sentenceOf(ref, definer) : [])), ...ownDependents],
      mustBeGone: true,
    },
    ...[...perInstance, rights, namespaces].map((members) => ({ sentences: members, mustBeGone: false })),
  ];
  return waves.filter((wave) => wave.sentences.length > 0);
}

/** Kubernetes' own groups have no dot, or end in `k8s.io`. */
function isCustom({ group }: ObjectRef): boolean {
  return group.includes(".") && !group.endsWith(".k8s.io");
}
