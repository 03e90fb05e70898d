/** The pieces of a layout of Go: the reference time 2006-01-02 15:04:05 -0700 MST, written as it should look. */
export type Piece =
  | Readonly<{ kind: "text"; text: string }>
  | Readonly<{ kind: PieceKind }>
  | Readonly<{ kind: "zone"; form: string; hasZ: boolean }>
  /** A fraction of seconds: `exact` digits, or as many as there are. */
  | Readonly<{ kind: "fraction"; digits: number; exact: boolean; point: string }>;

export type PieceKind =
  | ("year" | "year2" | "month" | "month2" | "month-name" | "month-short" | "weekday" | "weekday-short")
  | ("day" | "day2" | "day-padded" | "year-day" | "year-day-padded")
  | ("hour" | "hour12" | "hour12-2" | "minute" | "minute2" | "second" | "second2")
  | ("PM" | "pm" | "zone-name");

const simple: ReadonlyMap<string, PieceKind> = new Map<string, PieceKind>([
  ["January", "month-name"],
  ["Jan", "month-short"],
  ["Monday", "weekday"],
  ["Mon", "weekday-short"],
  ["MST", "zone-name"],
  ["2006", "year"],
  ["002", "year-day"],
  ["__2", "year-day-padded"],
  ["01", "month2"],
  ["02", "day2"],
  ["03", "hour12-2"],
  ["04", "minute2"],
  ["05", "second2"],
  ["06", "year2"],
  ["15", "hour"],
  ["_2", "day-padded"],
  ["1", "month"],
  ["2", "day"],
  ["3", "hour12"],
  ["4", "minute"],
  ["5", "second"],
  ["PM", "PM"],
  ["pm", "pm"],
]);
const token =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|[-Z]07(?:0000|:00:00|00|:00|)|(?<=_)2006|2006|002|__2|0[1-6]|15|_2(?!006)|[1-5]|PM|pm|[.,](?:0+|9+)(?!\d)/g;

/** Cuts a layout into pieces. */
export function parseLayout(layout: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: text, index } of layout.matchAll(token)) {
    if (index > at) pieces.push({ kind: "text", text: layout.slice(at, index) });
    at = index + text.length;
    const known = simple.get(text);
    if (known !== undefined) pieces.push({ kind: known });
    else if (/^[-Z]/.test(text)) pieces.push({ kind: "zone", form: text.slice(1), hasZ: text.startsWith("Z") });
    else {
      const exact = text.charAt(1) === "0";
      pieces.push({ kind: "fraction", digits: text.length - 1, exact, point: text.charAt(0) });
    }
  }
  if (at < layout.length) pieces.push({ kind: "text", text: layout.slice(at) });
  return pieces;
}

export const monthNames = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];
export const weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
