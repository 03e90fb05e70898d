export { type DirectoryOptions, openDirectory } from "./directory.js";
export { type ExportedInstance, exportObjects } from "./export-objects.js";
export { objectFileName } from "./file-name.js";
