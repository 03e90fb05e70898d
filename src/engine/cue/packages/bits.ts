import { kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { CallFault, fn, standardPackage } from "./package.js";

const { int } = kinds;

/** The package "math/bits": integers of any length, in two's complement. */
export const bits = standardPackage("bits", {
  And: fn([int, int], (args) => args.integer(0) & args.integer(1)),
  At: fn([int, int], (args) => {
    const place = args.unsigned(1, 64);
    if (place > 2n ** 31n - 1n) throw new CallFault("bit index too large");
    return (args.integer(0) >> place) & 1n;
  }),
  Clear: fn([int, int], (args) => args.integer(0) & ~args.integer(1)),
  Len: fn([int], (args) => digits(args.integer(0)).length),
  Lsh: fn([int, int], (args) => args.integer(0) << claimed(args, args.unsigned(1, 64))),
  OnesCount: fn([int], (args) => digits(args.integer(0)).replaceAll("0", "").length),
  Or: fn([int, int], (args) => args.integer(0) | args.integer(1)),
  Rsh: fn([int, int], (args) => args.integer(0) >> args.unsigned(1, 64)),
  Set: fn([int, int, int], (args) => {
    const [value, place, bit] = [args.integer(0), args.int64(1), args.unsigned(2, 64)];
    if (place < 0n) throw new CallFault("negative bit index");
    if (bit > 1n) throw new CallFault("set bit is not 0 or 1");
    const mask = 1n << claimed(args, place);
    return bit === 1n ? value | mask : value & ~mask;
  }),
  Xor: fn([int, int], (args) => args.integer(0) ^ args.integer(1)),
});

/** The binary digits of the size of a number; none for 0. */
function digits(value: bigint): string {
  return (value < 0n ? -value : value).toString(2).replace(/^0$/, "");
}

/** So many bits are made. */
function claimed(args: Arguments, count: bigint): bigint {
  args.claimText(10 * Number(count));
  return count;
}
