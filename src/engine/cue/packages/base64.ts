import { anyKind, kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { CallFault, fn, standardPackage } from "./package.js";

const { int, bytes, string } = kinds;

/** The package "encoding/base64": the standard encoding, which `null` as the first argument stands for. */
export const base64 = standardPackage("base64", {
  Decode: fn([anyKind, string], (args) => {
    checkEncoding(args);
    // Go ignores line breaks, and nothing else.
    const text = args.text(1).replaceAll(/[\r\n]/g, "");
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
      throw new CallFault("illegal base64 data");
    return Uint8Array.from(Buffer.from(text, "base64"));
  }),
  DecodedLen: fn([anyKind, int], (args) => {
    checkEncoding(args);
    return (args.int64(1) / 4n) * 3n;
  }),
  Encode: fn([anyKind, bytes | string], (args) => {
    checkEncoding(args);
    const data = args.bytes(1);
    args.claimText(data.length * 1.4);
    return Buffer.from(data).toString("base64");
  }),
  EncodedLen: fn([anyKind, int], (args) => {
    checkEncoding(args);
    return BigInt.asIntN(64, (BigInt.asIntN(64, args.int64(1) + 2n) / 3n) * 4n);
  }),
});

function checkEncoding(args: Arguments): void {
  if (args.scalar(0)?.type !== "null") throw new CallFault("unsupported encoding: the first argument has to be null");
}
