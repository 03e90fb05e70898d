/** An address by its bytes, 4 or 16; `zone` is that of a scoped IPv6 address. */
export type IpAddress = Readonly<{ bytes: readonly number[]; zone: string }>;

/** Reads an IPv4 or IPv6 address; undefined for other text. Numbers of IPv4 have no leading zeros. */
export function tryIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(":")) {
    const bytes = ipv4Bytes(text);
    return bytes && { bytes, zone: "" };
  }
  const [, address = "", zone] = /^([^%]*)(?:%(.*))?$/s.exec(text) ?? [];
  if (zone === "") return undefined;
  const bytes = ipv6Bytes(address);
  return bytes && { bytes, zone: zone ?? "" };
}

function ipv4Bytes(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

function ipv6Bytes(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const bytes = groups.map((half, i) =>
    half.map((group, at) => groupBytes(group, i === groups.length - 1 && at === half.length - 1)),
  );
  const [head = [], tail] = bytes.map((half) => half.flat());
  if ([...head, ...(tail ?? [])].includes(-1)) return undefined;
  if (tail === undefined) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - tail.length;
  return missing >= 2 ? [...head, ...Array.from({ length: missing }, () => 0), ...tail] : undefined;
}

/** The bytes of one group, or -1: the last one may be an IPv4 address. */
function groupBytes(group: string, isLast: boolean): number[] {
  if (isLast && group.includes(".")) return ipv4Bytes(group) ?? [-1];
  if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return [-1];
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}

/** The shortest text of an address (RFC 5952). */
export function formatIpAddress({ bytes, zone }: IpAddress): string {
  if (bytes.length === 4) return bytes.join(".");
  const end = zone === "" ? "" : `%${zone}`;
  if (isMapped(bytes)) return `::ffff:${bytes.slice(12).join(".")}${end}`;
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (groups[i + run] === "0") run++;
    if (run > length) [start, length] = [i, run];
  }
  if (start === -1) return groups.join(":") + end;
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}${end}`;
}

/** An IPv4 address in the form of IPv6. */
export function isMapped(bytes: readonly number[]): boolean {
  return bytes.length === 16 && bytes.slice(0, 10).every((b) => b === 0) && bytes[10] === 255 && bytes[11] === 255;
}

/** The address so many behind, or undefined where there is none. */
export function addToIpAddress({ bytes }: IpAddress, offset: bigint): IpAddress | "underflow" | "overflow" {
  const value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) + offset;
  if (value < 0n) return "underflow";
  const hex = value.toString(16).padStart(bytes.length * 2, "0");
  return hex.length > bytes.length * 2 ? "overflow" : { bytes: [...Buffer.from(hex, "hex")], zone: "" };
}
