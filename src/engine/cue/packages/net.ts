import { domainToUnicode } from "node:url";
import { toNumber } from "../decimal.js";
import { decodeUtf8 } from "../decode-utf8.js";
import { anyKind, kinds } from "../kind.js";
import { view } from "../view.js";
import type { Arguments } from "./arguments.js";
import { isFields, isList } from "./equal-data.js";
import { addToIpAddress, formatIpAddress, type IpAddress, isMapped, tryIpAddress } from "./ip-address.js";
import { CallFault, fn, type PackageFunction, standardPackage, validator } from "./package.js";
import { urlFault } from "./url.js";

const { string, int } = kinds;

/** The package "net". An address is text, bytes of text, or a list of its bytes. */
export const net = standardPackage(
  "net",
  {
    AbsURL: validator([string], (args) => {
      const text = args.text(0);
      checkUrl(text);
      if (!/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text)) throw new CallFault("URL is not absolute");
      return true;
    }),
    AddIP: fn([anyKind, int], (args) => {
      const prefix = prefixAt(args);
      if (prefix !== undefined) return `${formatIpAddress(moved(prefix.address, args.integer(1)))}/${prefix.bits}`;
      return formatIpAddress(moved(knownAddress(args), args.integer(1)));
    }),
    AddIPCIDR: fn([anyKind, int], (args) => {
      const prefix = prefixAt(args);
      if (prefix === undefined) throw new CallFault("invalid CIDR address");
      const { address, bits } = prefix;
      const shifted = args.integer(1) << BigInt(address.bytes.length * 8 - bits);
      return `${formatIpAddress(moved(address, shifted))}/${bits}`;
    }),
    FQDN: validator([string], (args) => isDomainName(args.text(0))),
    GlobalUnicastIP: addresses(
      (ip) => !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocal(ip) && !isBroadcast(ip),
    ),
    InterfaceLocalMulticastIP: addresses(
      ({ bytes: [a, b = 0, ...rest] }) => rest.length > 2 && a === 0xff && (b & 15) === 1,
    ),
    IP: addresses(() => true),
    IPCIDR: validator([anyKind], (args) => {
      const type = args.scalar(0)?.type;
      if ((type !== "string" && type !== "bytes") || prefixAt(args) !== undefined) return true;
      throw new CallFault("no CIDR address, such as 10.0.0.0/8");
    }),
    IPString: fn([anyKind], (args) => formatIpAddress(knownAddress(args))),
    IPv4: addresses(({ bytes }) => bytes.length === 4),
    IPv6: addresses(({ bytes }) => bytes.length === 16),
    JoinHostPort: fn([anyKind, anyKind], (args) => {
      const host = args.scalar(0) === undefined ? formatIpAddress(knownAddress(args)) : args.text(0);
      const port = args.scalar(1)?.type === "number" ? String(args.int64(1)) : args.text(1);
      return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    }),
    LinkLocalMulticastIP: addresses(({ bytes: [a, b = 0, c, ...rest] }) =>
      rest.length > 1 ? a === 0xff && (b & 15) === 2 : a === 224 && b === 0 && c === 0,
    ),
    LinkLocalUnicastIP: addresses(isLinkLocal),
    LoopbackIP: addresses(isLoopback),
    MulticastIP: addresses(isMulticast),
    ParseIP: fn([string], (args) => {
      const address = tryIpAddress(args.text(0));
      if (address === undefined) throw new CallFault("invalid IP address");
      return address.bytes;
    }),
    PathEscape: fn([string], (args) => percentEncode(args, /[^A-Za-z0-9\-_.~$&+:=@]/g)),
    PathUnescape: fn([string], (args) => percentDecode(args.text(0))),
    QueryEscape: fn([string], (args) => percentEncode(args, /[^A-Za-z0-9\-_.~]/g).replaceAll("%20", "+")),
    QueryUnescape: fn([string], (args) => percentDecode(args.text(0).replaceAll("+", " "))),
    SplitHostPort: fn([string], (args) => splitHostPort(args.text(0))),
    ToIP16: fn([anyKind], (args) => {
      const { bytes } = knownAddress(args);
      return bytes.length === 16 ? bytes : [...Array.from({ length: 10 }, () => 0), 255, 255, ...bytes];
    }),
    ToIP4: fn([anyKind], (args) => {
      const { bytes } = knownAddress(args);
      if (bytes.length !== 4) throw new CallFault("cannot convert the address to IPv4");
      return bytes;
    }),
    UnspecifiedIP: addresses(isUnspecified),
    URL: validator([string], (args) => {
      checkUrl(args.text(0));
      return true;
    }),
  },
  "IPv4len: 4, IPv6len: 16",
);

function addresses(fits: (address: IpAddress) => boolean): PackageFunction {
  return validator([anyKind], (args) => {
    const address = addressAt(args);
    return address !== undefined && fits(address);
  });
}

function addressAt(args: Arguments): IpAddress | undefined {
  if (view(args.evaluator, args.value(0)).kinds === kinds.struct) return undefined;
  const data = args.data(0);
  if (isList(data)) {
    const bytes = data.map((byte) =>
      "type" in byte && byte.type === "number" && byte.value.isInt ? toNumber(byte.value) : -1,
    );
    const isAddress = (bytes.length === 4 || bytes.length === 16) && bytes.every((byte) => byte >= 0 && byte <= 255);
    return isAddress ? { bytes, zone: "" } : undefined;
  }
  if (isFields(data) || (data.type !== "string" && data.type !== "bytes")) return undefined;
  return tryIpAddress(args.text(0));
}

function knownAddress(args: Arguments): IpAddress {
  const address = addressAt(args);
  if (address === undefined) throw new CallFault("invalid IP address");
  return address;
}

function prefixAt(args: Arguments): { address: IpAddress; bits: number } | undefined {
  const type = args.scalar(0)?.type;
  if (type !== "string" && type !== "bytes") return undefined;
  const [, text = "", bits = ""] = /^(.*)\/(0|[1-9]\d{0,2})$/s.exec(args.text(0)) ?? [];
  const address = tryIpAddress(text);
  if (address === undefined || address.zone !== "" || Number(bits) > address.bytes.length * 8) return undefined;
  return { address, bits: Number(bits) };
}

function moved(address: IpAddress, offset: bigint): IpAddress {
  const result = addToIpAddress(address, offset);
  if (typeof result === "string") throw new CallFault(`the IP address would be out of range (${result})`);
  return result;
}

/** The classes of an IPv4 address in the form of IPv6 are its own. */
function unmapped({ bytes }: IpAddress): readonly number[] {
  return isMapped(bytes) ? bytes.slice(12) : bytes;
}

function isLoopback(ip: IpAddress): boolean {
  const bytes = unmapped(ip);
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
}

function isMulticast(ip: IpAddress): boolean {
  const [first = 0, ...rest] = unmapped(ip);
  return rest.length === 3 ? (first & 0xf0) === 0xe0 : first === 0xff;
}

function isLinkLocal(ip: IpAddress): boolean {
  const [a, b = 0, ...rest] = unmapped(ip);
  return rest.length === 2 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80;
}

function isUnspecified({ bytes }: IpAddress): boolean {
  return bytes.every((byte) => byte === 0);
}

function isBroadcast(ip: IpAddress): boolean {
  const bytes = unmapped(ip);
  return bytes.length === 4 && bytes.every((byte) => byte === 255);
}

/** A name of the DNS in ASCII: labels up to 63 characters without hyphens at their ends, 253 in all. */
function isDomainName(text: string): boolean {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  if (name === "" || name.length > 253 || /[\u0080-\uffff]/.test(name)) return false;
  return name.split(".").every((label) => {
    if (!/^(?!-).{1,63}(?<!-)$/s.test(label)) return false;
    return !/^..--/.test(label) || (label.startsWith("xn--") && domainToUnicode(label) !== "");
  });
}

function checkUrl(text: string): void {
  const fault = urlFault(text);
  if (fault !== undefined) throw new CallFault(fault);
}

function percentEncode(args: Arguments, unsafe: RegExp): string {
  const text = args.text(0);
  args.claimText(text.length * 3);
  return Buffer.from(text)
    .toString("latin1")
    .replaceAll(unsafe, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

function percentDecode(text: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw new CallFault("invalid URL escape");
  const bytes = Buffer.from(text)
    .toString("latin1")
    .replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return decodeUtf8(Buffer.from(bytes, "latin1"));
}

function splitHostPort(text: string): [string, string] {
  const [, bracketed, plain, port] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && port !== undefined) return [host, port];
  const reason = !text.includes(":") || /\]$/.test(text) ? "missing port in address" : "too many colons in address";
  throw new CallFault(reason);
}
