import { daysIn, type Instant, unixOf } from "./instant.js";
import { monthNames, type Piece, parseLayout, weekdayNames } from "./time-layout.js";

/** What the pieces of a layout have given by now. */
type Parts = {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  isPm: boolean | undefined;
  offset: number;
  zone: string;
};

/** Reads a time as a layout of Go says, in UTC where no zone is told; undefined for one that does not fit. */
export function tryTime(text: string, layout: string): Instant | undefined {
  const parts: Parts = {
    ...{ year: 0, month: 0, day: 0, yearDay: 0, hour: 0, minute: 0, second: 0, nanos: 0 },
    ...{ isPm: undefined, offset: 0, zone: "UTC" },
  };
  const pieces = parseLayout(layout);
  let rest: string | undefined = text;
  for (const [i, piece] of pieces.entries()) {
    rest = rest === undefined ? undefined : read(piece, rest, parts, pieces[i + 1]);
    if (rest === undefined) return undefined;
  }
  return rest === "" ? toInstant(parts) : undefined;
}

function toInstant(parts: Parts): Instant | undefined {
  const { year, yearDay, minute, second, nanos, offset, zone, isPm } = parts;
  let { month, day, hour } = parts;
  if (isPm === true && hour < 12) hour += 12;
  if (isPm === false && hour === 12) hour = 0;
  if (yearDay > 0) {
    const date = new Date(unixOf(year, 1, yearDay) * 1000);
    if (date.getUTCFullYear() !== year) return undefined;
    const [m, d] = [date.getUTCMonth() + 1, date.getUTCDate()];
    if ((month > 0 && month !== m) || (day > 0 && day !== d)) return undefined;
    [month, day] = [m, d];
  }
  month ||= 1;
  day ||= 1;
  if (day > daysIn(year, month)) return undefined;
  return { unix: unixOf(year, month, day) + hour * 3600 + minute * 60 + second - offset, nanos, offset, zone };
}

/** Takes one piece off the text; undefined where it does not start with it. */
function read(piece: Piece, text: string, parts: Parts, next: Piece | undefined): string | undefined {
  const number = (pattern: RegExp, least: number, most: number, set: (value: number) => void): string | undefined => {
    const found = pattern.exec(text)?.[0];
    const value = Number(found);
    if (found === undefined || value < least || value > most) return undefined;
    set(value);
    return text.slice(found.length);
  };
  const name = (
    names: readonly string[],
    length: number | undefined,
    set: (index: number) => void,
  ): string | undefined => {
    const index = names.findIndex((each) => text.toLowerCase().startsWith(each.slice(0, length).toLowerCase()));
    if (index === -1) return undefined;
    set(index);
    return text.slice((names[index] ?? "").slice(0, length).length);
  };
  const [oneOrTwo, two] = [/^\d\d?/, /^\d\d/];
  switch (piece.kind) {
    case "text":
      return skip(text, piece.text);
    case "year":
      return number(/^\d{4}/, 0, 9999, (n) => (parts.year = n));
    case "year2":
      return number(two, 0, 99, (n) => (parts.year = n >= 69 ? 1900 + n : 2000 + n));
    case "month":
      return number(oneOrTwo, 1, 12, (n) => (parts.month = n));
    case "month2":
      return number(two, 1, 12, (n) => (parts.month = n));
    case "month-name":
      return name(monthNames, undefined, (i) => (parts.month = i + 1));
    case "month-short":
      return name(monthNames, 3, (i) => (parts.month = i + 1));
    case "weekday":
      return name(weekdayNames, undefined, () => undefined);
    case "weekday-short":
      return name(weekdayNames, 3, () => undefined);
    case "day":
      return number(oneOrTwo, 1, 31, (n) => (parts.day = n));
    case "day2":
      return number(two, 1, 31, (n) => (parts.day = n));
    case "day-padded":
      return text.startsWith(" ")
        ? read({ kind: "day" }, text.slice(1), parts, next)
        : number(oneOrTwo, 1, 31, (n) => (parts.day = n));
    case "year-day":
      return number(/^\d{3}/, 1, 366, (n) => (parts.yearDay = n));
    case "year-day-padded":
      return number(/^ *\d+/, 1, 366, (n) => (parts.yearDay = n));
    case "hour":
      return number(oneOrTwo, 0, 23, (n) => (parts.hour = n));
    case "hour12":
      return number(oneOrTwo, 0, 12, (n) => (parts.hour = n));
    case "hour12-2":
      return number(two, 0, 12, (n) => (parts.hour = n));
    case "minute":
      return number(oneOrTwo, 0, 59, (n) => (parts.minute = n));
    case "minute2":
      return number(two, 0, 59, (n) => (parts.minute = n));
    case "second":
    case "second2": {
      const rest = number(piece.kind === "second" ? oneOrTwo : two, 0, 59, (n) => (parts.second = n));
      // A fraction may follow although the layout has none.
      if (rest === undefined || next?.kind === "fraction" || !/^[.,]\d/.test(rest)) return rest;
      return fraction(rest, /^[.,]\d+/, parts);
    }
    case "fraction":
      if (piece.exact) return fraction(text, new RegExp(`^[.,]\\d{${piece.digits}}`), parts);
      return /^[.,]\d/.test(text) ? fraction(text, /^[.,]\d+/, parts) : text;
    case "PM":
    case "pm": {
      const [am, pm] = piece.kind === "PM" ? ["AM", "PM"] : ["am", "pm"];
      if (!text.startsWith(am ?? "") && !text.startsWith(pm ?? "")) return undefined;
      parts.isPm = text.startsWith(pm ?? "");
      return text.slice(2);
    }
    case "zone":
      return zone(text, piece.form, piece.hasZ, parts);
    case "zone-name":
      return zoneName(text, parts);
  }
}

/** Takes a text off; runs of spaces are equal to each other. */
function skip(text: string, prefix: string): string | undefined {
  let [rest, wanted] = [text, prefix];
  while (wanted !== "") {
    if (wanted.startsWith(" ")) {
      if (rest !== "" && !rest.startsWith(" ")) return undefined;
      [rest, wanted] = [rest.replace(/^ +/, ""), wanted.replace(/^ +/, "")];
    } else {
      if (rest.charAt(0) !== wanted.charAt(0)) return undefined;
      [rest, wanted] = [rest.slice(1), wanted.slice(1)];
    }
  }
  return rest;
}

function fraction(text: string, pattern: RegExp, parts: Parts): string | undefined {
  const found = pattern.exec(text)?.[0];
  if (found === undefined) return undefined;
  parts.nanos = Number(found.slice(1, 10).padEnd(9, "0"));
  return text.slice(found.length);
}

function zone(text: string, form: string, hasZ: boolean, parts: Parts): string | undefined {
  if (hasZ && text.startsWith("Z")) return text.slice(1);
  const shape = `^([-+])(\\d\\d)${form.slice(2).replaceAll("00", "(\\d\\d)")}`;
  const [all, sign, hours, minutes = "0", seconds = "0"] = new RegExp(shape).exec(text) ?? [];
  if (all === undefined || Number(hours) > 24 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  parts.offset = sign === "-" ? -size : size;
  parts.zone = parts.offset === 0 ? "UTC" : "";
  return text.slice(all.length);
}

/** An abbreviation: without a table of them it tells no offset. */
function zoneName(text: string, parts: Parts): string | undefined {
  const found = /^(?:UTC|GMT[-+]\d{1,2}|ChST|MeST|WITA|[+-]\d{2}(?:\d{2})?|[A-Z]{4}T|[A-Z]{3}T|[A-Z]{3})(?![A-Z])/.exec(
    text,
  )?.[0];
  if (found === undefined) return undefined;
  parts.zone = found;
  return text.slice(found.length);
}
