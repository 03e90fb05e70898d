/** Set by the build from package.json. */
declare const SHEAF_VERSION: string;

/** The version of sheaf. */
export const version: string = SHEAF_VERSION;
