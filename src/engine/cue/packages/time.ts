import { kinds } from "../kind.js";
import type { Arguments } from "./arguments.js";
import { formatDuration, parseDuration } from "./duration.js";
import { clockOf, type Instant } from "./instant.js";
import { CallFault, fn, standardPackage, validator } from "./package.js";
import { formatTime } from "./time-format.js";
import { tryTime } from "./time-parse.js";

const { string, int } = kinds;
const rfc3339 = "2006-01-02T15:04:05.999999999Z07:00";

const source = `
Nanosecond: 1, Microsecond: 1000, Millisecond: 1000000
Second: 1000000000, Minute: 60000000000, Hour: 3600000000000
ANSIC:       "Mon Jan _2 15:04:05 2006"
UnixDate:    "Mon Jan _2 15:04:05 MST 2006"
RubyDate:    "Mon Jan 02 15:04:05 -0700 2006"
RFC822:      "02 Jan 06 15:04 MST"
RFC822Z:     "02 Jan 06 15:04 -0700"
RFC850:      "Monday, 02-Jan-06 15:04:05 MST"
RFC1123:     "Mon, 02 Jan 2006 15:04:05 MST"
RFC1123Z:    "Mon, 02 Jan 2006 15:04:05 -0700"
RFC3339:     "2006-01-02T15:04:05Z07:00"
RFC3339Nano: "${rfc3339}"
RFC3339Date: "2006-01-02"
Kitchen:     "3:04PM"
Kitchen24:   "15:04"
January: 1, February: 2, March: 3, April: 4, May: 5, June: 6, July: 7
August: 8, September: 9, October: 10, November: 11, December: 12
Sunday: 0, Monday: 1, Tuesday: 2, Wednesday: 3, Thursday: 4, Friday: 5, Saturday: 6
`;

/** The package "time". Durations are nanoseconds; layouts are Go's. There is no clock in it. */
export const time = standardPackage(
  "time",
  {
    Duration: validator([string], (args) => {
      parseDuration(args.text(0));
      return true;
    }),
    Format: validator([string, string], (args) => isTime(args.text(0), args.text(1))),
    FormatDuration: fn([int], (args) => formatDuration(args.int64(0))),
    FormatString: fn([string, string], (args) => formatTime(timeAt(args, 1, rfc3339), args.text(0))),
    Parse: fn([string, string], (args) => {
      const { unix, nanos } = timeAt(args, 1, args.text(0));
      return formatTime({ unix, nanos, offset: 0, zone: "UTC" }, rfc3339);
    }),
    ParseDuration: fn([string], (args) => parseDuration(args.text(0))),
    Split: fn([string], (args) => {
      const instant = timeAt(args, 0, rfc3339);
      const { year, month, day, hour, minute, second } = clockOf(instant);
      return new Map(Object.entries({ year, month, day, hour, minute, second, nanosecond: instant.nanos }));
    }),
    Time: validator([string], (args) => isTime(args.text(0), rfc3339)),
    Unix: fn([int, int], (args) => {
      const nanos = args.int64(0) * 1_000_000_000n + args.int64(1);
      const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
      const instant = { unix: Number((nanos - rest) / 1_000_000_000n), nanos: Number(rest), offset: 0, zone: "UTC" };
      return formatTime(instant, rfc3339);
    }),
  },
  source,
);

function isTime(text: string, layout: string): boolean {
  if (tryTime(text, layout) !== undefined) return true;
  throw new CallFault("invalid time");
}

function timeAt(args: Arguments, index: number, layout: string): Instant {
  const found = tryTime(args.text(index), layout);
  if (found === undefined) throw new CallFault(`the text is no time of the form ${JSON.stringify(layout)}`);
  return found;
}
