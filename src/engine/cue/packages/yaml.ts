import { anyKind, kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { isList } from "./equal-data.js";
import { CallFault, fn, type PackageFunction, standardPackage, validator } from "./package.js";
import { faultAgainst } from "./schema-match.js";
import { parseYaml } from "./yaml-parse.js";
import { yamlText } from "./yaml-text.js";

const text = kinds.bytes | kinds.string;

/** The package "encoding/yaml". */
export const yaml = standardPackage("yaml", {
  Marshal: fn([anyKind], (args) => {
    const result = yamlText(args.data(0));
    args.claimText(result.length);
    return result;
  }),
  MarshalStream: fn([anyKind], (args) => {
    const items = args.data(0);
    if (!isList(items)) throw new CallFault("yaml.MarshalStream takes a list");
    const result = items.map(yamlText).join("---\n");
    args.claimText(result.length);
    return result;
  }),
  Unmarshal: fn([text], (args) => {
    const [first, second] = parseYaml(args);
    if (second !== undefined) throw new CallFault("expected a single YAML document");
    return first ?? null;
  }),
  UnmarshalStream: fn([text], (args) => {
    const documents = parseYaml(args);
    return documents.length === 0 ? [null] : documents;
  }),
  Validate: validation(true),
  ValidatePartial: validation(false),
});

function validation(isConcrete: boolean): PackageFunction {
  const check = (args: Arguments): boolean => {
    for (const document of parseYaml(args)) {
      const fault = faultAgainst(args, args.value(1), document, isConcrete);
      if (fault !== undefined) throw new CallFault(fault);
    }
    return true;
  };
  return { ...validator([text, anyKind], check), takesSchemas: true };
}
