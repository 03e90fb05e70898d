/** The name of the attribute that asks for a value from the runtime: `@timoni(runtime:string:NAME)`. */
export const runtimeAttribute = "timoni";
