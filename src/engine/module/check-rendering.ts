import type { SourcePos } from "../diagnostics/index.js";
import { formatFault, type ObjectChecker } from "../kube-schema/index.js";
import { formatRef, type KubeObject, refOf } from "../object/index.js";
import type { Module, RenderInput } from "./module.js";
import { ObjectError } from "./object-error.js";

/** What a module rendered, and from what. */
export type Rendering = Readonly<{ module: Module; input: RenderInput; objects: readonly KubeObject[] }>;

/** What messages say beside the fault. */
export type RenderingContext = Readonly<{
  /** Stands before the object: `instance "web": `. */
  subject?: string;
  /** The place of the instance in the user's bundle. */
  pos?: SourcePos | undefined;
  /** What to show of a value that was found; it may hide it. */
  show?: (text: string) => string;
}>;

/** Checks what a module rendered; each fault with the place in the template that it comes from. */
export function checkRendering(
  { module, input, objects }: Rendering,
  checker: ObjectChecker,
  { subject = "", pos, show }: RenderingContext = {},
): ObjectError[] {
  return objects.flatMap((object) =>
    checker.check(object).map((fault) => {
      const ref = refOf(object);
      const places = [module.placeOf(input, ref, fault.steps), pos].filter((place) => place !== undefined);
      const code = fault.isWarning ? "deprecated-api" : "invalid-object";
      const detail = `${subject}${formatRef(ref)}: ${formatFault(fault, show)}`;
      return new ObjectError(code, ref, fault.path, detail, places);
    }),
  );
}
