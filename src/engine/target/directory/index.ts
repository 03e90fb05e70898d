export { type DirectoryOptions, openDirectory } from "./directory.js";
