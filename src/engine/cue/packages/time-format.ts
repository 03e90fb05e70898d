import { type Clock, clockOf, type Instant } from "./instant.js";
import { monthNames, type Piece, type PieceKind, parseLayout, weekdayNames } from "./time-layout.js";

/** Writes a moment as a layout of Go says. */
export function formatTime(instant: Instant, layout: string): string {
  const clock = clockOf(instant);
  return parseLayout(layout)
    .map((piece, i, all) => show(piece, instant, clock, all[i - 1]))
    .join("");
}

function show(piece: Piece, instant: Instant, clock: Clock, before: Piece | undefined): string {
  if (piece.kind === "text") return piece.text;
  if (piece.kind === "zone") return showZone(instant.offset, piece.form, piece.hasZ);
  if (piece.kind !== "fraction") return showPart(piece.kind, instant, clock);
  const digits = instant.nanos.toString().padStart(9, "0").slice(0, piece.digits).padEnd(piece.digits, "0");
  if (piece.exact) return piece.point + digits;
  // Nines leave zeros out; and a fraction stands behind seconds.
  const shown = digits.replace(/0+$/, "");
  return shown === "" || before === undefined ? "" : piece.point + shown;
}

function showPart(kind: PieceKind, { offset, zone }: Instant, clock: Clock): string {
  const { year, month, day, hour, minute, second, weekday, yearDay } = clock;
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const pad = (value: number, width: number, fill = "0"): string => String(value).padStart(width, fill);
  switch (kind) {
    case "year":
      return year < 0 ? `-${pad(-year, 4)}` : pad(year, 4);
    case "year2":
      return pad(((year % 100) + 100) % 100, 2);
    case "month":
      return String(month);
    case "month2":
      return pad(month, 2);
    case "month-name":
      return monthNames[month - 1] ?? "";
    case "month-short":
      return (monthNames[month - 1] ?? "").slice(0, 3);
    case "weekday":
      return weekdayNames[weekday] ?? "";
    case "weekday-short":
      return (weekdayNames[weekday] ?? "").slice(0, 3);
    case "day":
      return String(day);
    case "day2":
      return pad(day, 2);
    case "day-padded":
      return pad(day, 2, " ");
    case "year-day":
      return pad(yearDay, 3);
    case "year-day-padded":
      return pad(yearDay, 3, " ");
    case "hour":
      return pad(hour, 2);
    case "hour12":
      return String(hour12);
    case "hour12-2":
      return pad(hour12, 2);
    case "minute":
      return String(minute);
    case "minute2":
      return pad(minute, 2);
    case "second":
      return String(second);
    case "second2":
      return pad(second, 2);
    case "PM":
      return hour >= 12 ? "PM" : "AM";
    case "pm":
      return hour >= 12 ? "pm" : "am";
    case "zone-name":
      if (zone !== "") return zone;
      return showZone(offset, "0700", false);
  }
}

function showZone(offset: number, form: string, hasZ: boolean): string {
  if (hasZ && offset === 0) return "Z";
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const separator = form.includes(":") ? ":" : "";
  let text = (offset < 0 ? "-" : "+") + pad(Math.trunc(minutes / 60));
  if (form.length > 2) text += separator + pad(minutes % 60);
  if (form.replaceAll(":", "").length === 6) text += separator + pad(Math.abs(offset) % 60);
  return text;
}
