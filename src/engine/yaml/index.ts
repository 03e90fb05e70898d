export { stringifyYaml, stringifyYamlDocuments } from "./stringify.js";
