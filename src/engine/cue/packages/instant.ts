import { CallFault } from "./package.js";

/** A moment with the zone that it is told in: seconds since 1970 in UTC, nanoseconds, and the offset in seconds. */
export type Instant = Readonly<{ unix: number; nanos: number; offset: number; zone: string }>;

export type Clock = Readonly<{
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
  yearDay: number;
}>;

/** Date and time on the clocks of the zone. */
export function clockOf({ unix, offset }: Instant): Clock {
  const date = new Date((unix + offset) * 1000);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year)) throw new CallFault("the time is out of range");
  const yearDay =
    Math.round((unixOf(year, date.getUTCMonth() + 1, date.getUTCDate()) - unixOf(year, 1, 1)) / 86_400) + 1;
  return {
    ...{ year, month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay(), yearDay },
    ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() },
  };
}

/** Seconds from 1970 to the start of a day; days and months beyond their range count on. */
export function unixOf(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 1000;
}

export function daysIn(year: number, month: number): number {
  return (unixOf(year, month + 1, 1) - unixOf(year, month, 1)) / 86_400;
}
