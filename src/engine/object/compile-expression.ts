import type { ObjectExpression } from "./object-expression.js";

/** As in object-expression.ts, which is loaded only when there is an expression: it needs all of CUE. */
export async function compileExpression(text: string): Promise<ObjectExpression> {
  return (await import("./object-expression.js")).compileExpression(text);
}
