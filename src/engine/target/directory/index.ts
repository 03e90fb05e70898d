export { type DirectoryOptions, openDirectory } from "./directory.js";
export { objectFileName } from "./file-name.js";
