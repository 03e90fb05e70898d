import { expect, test } from "vitest";
import { createObjectChecker, formatFault } from "../../src/engine/kube-schema/index.js";
import { formatRef, type KubeObject, refOf } from "../../src/engine/object/index.js";
import { located, moduleAt, moduleNames, newest, render } from "./catalog.js";
import { fullValues } from "./full-values.js";
import { optionCases } from "./option-cases/index.js";

const instance = { name: "app", namespace: "apps" };

/** What every module renders with its usual values, and with every option set. */
const rendered = await Promise.all(
  [
    ...moduleNames.map((module) => ({ title: module, module, values: optionCases[module]?.base ?? {} })),
    ...fullValues,
  ].map(async ({ title, module, values }) => ({
    title,
    objects: await render(await moduleAt(module), located(values), { ...instance, ...optionCases[module]?.instance }),
  })),
);
const definitions = (await moduleAt("flux-aio", newest)).definitions;

test.each(["1.31", "1.32", "1.33", "1.34", "1.35", "1.36"])(
  "Kubernetes %s would take all that the modules render",
  async (release) => {
    const checker = await createObjectChecker(release);
    checker.define(definitions);
    const faultsOf = (object: KubeObject) =>
      checker.check(object).map((fault) => `${formatRef(refOf(object))}: ${formatFault(fault)}`);
    const found = rendered.map(({ title, objects }) => ({ title, faults: objects.flatMap(faultsOf) }));
    expect(found.filter(({ faults }) => faults.length > 0)).toEqual([]);
    const unknown = rendered.flatMap(({ objects }) => objects.filter((object) => !checker.knows(object)));
    // Their definitions come with flux-operator and the Hierarchical Namespace Controller.
    expect(new Set(unknown.map(({ kind }) => kind))).toEqual(new Set(["FluxInstance", "SubnamespaceAnchor"]));
  },
);
