import { kinds } from "../kind.js";
import { CallFault, fn, standardPackage } from "./package.js";

const { int, bytes, string } = kinds;

/** The package "encoding/hex". */
export const hex = standardPackage("hex", {
  Decode: fn([string], (args) => {
    const text = args.text(0);
    if (/[^0-9a-fA-F]/.test(text)) throw new CallFault("invalid byte in hexadecimal text");
    if (text.length % 2 !== 0) throw new CallFault("odd length hex string");
    return Uint8Array.from(Buffer.from(text, "hex"));
  }),
  DecodedLen: fn([int], (args) => args.int64(0) / 2n),
  Dump: fn([bytes | string], (args) => {
    const data = args.bytes(0);
    args.claimText(data.length * 5);
    return dump(data);
  }),
  Encode: fn([bytes | string], (args) => {
    const data = args.bytes(0);
    args.claimText(data.length * 2);
    return Buffer.from(data).toString("hex");
  }),
  EncodedLen: fn([int], (args) => BigInt.asIntN(64, args.int64(0) * 2n)),
});

/** Lines of 16 bytes as `hexdump -C` writes them. */
function dump(data: Uint8Array): string {
  let lines = "";
  for (let at = 0; at < data.length; at += 16) {
    const row = [...data.subarray(at, at + 16)];
    const cells = Array.from({ length: 16 }, (_, i) => {
      const byte = row[i];
      const cell = byte === undefined ? "  " : byte.toString(16).padStart(2, "0");
      return i === 7 ? `${cell} ` : cell;
    });
    const shown = row.map((byte) => (byte < 32 || byte > 126 ? "." : String.fromCharCode(byte))).join("");
    lines += `${at.toString(16).padStart(8, "0")}  ${cells.join(" ")}  |${shown}|\n`;
  }
  return lines;
}
