export { checkObject } from "./check-object.js";
export { formatFault, type ObjectFault } from "./fault.js";
export { type ServedVersion, servedVersions } from "./served-versions.js";
