// address.ts - IPv4 and IPv6 addresses and CIDRs as values: parse, format, contain.
//
// Tables and keys use the 16-byte form (IPv4 as ::ffff:a.b.c.d, RFC 4291 §2.5.5.2); objects use text.
// Parsing is as strict as Kubernetes 1.36 (gate StrictIPCIDRValidation): no leading zeros, no IPv4-mapped IPv6, no zone.

export type Family = 'IPv4' | 'IPv6';

export interface Address {
  readonly family: Family;
  /** 16 bytes, network order. */
  readonly bytes: Uint8Array;
}

export interface Cidr {
  readonly family: Family;
  /** Network address as written (host bits may be set). */
  readonly address: Address;
  /** Prefix length of its own family: 0..32 or 0..128. */
  readonly length: number;
}

/** True for the text of an IPv6 address or CIDR. For valid text, a colon is enough to tell. */
export const isIPv6 = (text: string): boolean => text.includes(':');

/** The family of an address or CIDR whose text is known to be valid. */
export const familyOf = (text: string): Family => (isIPv6(text) ? 'IPv6' : 'IPv4');

export const sameFamily = (a: string, b: string): boolean => isIPv6(a) === isIPv6(b);

/** The CIDR that contains only this address. */
export const hostCidr = (address: string): string => `${address}/${isIPv6(address) ? 128 : 32}`;

/** An address as the host of a URL: IPv6 in brackets (RFC 3986 §3.2.2). */
export const urlHost = (address: string): string => (isIPv6(address) ? `[${address}]` : address);

const V4_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;

/**
 * IPv4 text → 32-bit number; -1 when it is not an address. Goes character by character instead of using a pattern,
 * because endpoints are parsed by the ten thousand.
 */
function number4(text: string): number {
  if (text.length < 7 || text.length > 15) return -1;
  let number = 0;
  let parts = 0;
  let value = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 46 : text.charCodeAt(i);
    if (code === 46) {
      if (value < 0 || parts === 4) return -1;
      number = number * 256 + value;
      parts++;
      value = -1;
    } else {
      if (code < 48 || code > 57 || value === 0) return -1; // not a digit, or a digit after a leading zero
      value = (value < 0 ? 0 : value * 10) + code - 48;
      if (value > 255) return -1;
    }
  }
  return parts === 4 ? number : -1;
}

function write4(bytes: Uint8Array, number: number): Uint8Array {
  bytes[10] = 0xff;
  bytes[11] = 0xff;
  bytes[12] = number >>> 24;
  bytes[13] = number >>> 16;
  bytes[14] = number >>> 8;
  bytes[15] = number;
  return bytes;
}

function parse4(text: string): Uint8Array | null {
  const number = number4(text);
  return number < 0 ? null : write4(new Uint8Array(16), number);
}

function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.') && i === parts.length - 1) {
      const v4 = parse4(part);
      if (!v4) return null;
      groups.push(((v4[12] ?? 0) << 8) | (v4[13] ?? 0), ((v4[14] ?? 0) << 8) | (v4[15] ?? 0));
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

function parse6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  for (const [i, group] of groups.entries()) {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 0xff;
  }
  return bytes;
}

const isMapped = (bytes: Uint8Array): boolean => V4_PREFIX.every((value, i) => bytes[i] === value);

/** Text → address, or null when it is invalid. IPv4-mapped IPv6 text is refused. */
export function parseAddress(text: string): Address | null {
  if (isIPv6(text)) {
    const bytes = parse6(text);
    return bytes && !isMapped(bytes) ? { family: 'IPv6', bytes } : null;
  }
  const bytes = parse4(text);
  return bytes ? { family: 'IPv4', bytes } : null;
}

/** Like parseAddress, for text that is known to be valid; throws otherwise. */
export function mustAddress(text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new Error(`not an IP address: ${text}`);
  return address;
}

/** Writes an address whose text is known to be valid into 16 zeroed bytes. */
export function writeAddress(text: string, bytes: Uint8Array): void {
  const number = number4(text);
  if (number < 0) bytes.set(mustAddress(text).bytes);
  else write4(bytes, number);
}

/** 16 bytes → address (the family follows from the IPv4-mapped prefix). */
export function fromBytes(bytes: Uint8Array): Address {
  return { family: isMapped(bytes) ? 'IPv4' : 'IPv6', bytes };
}

/** Canonical text: dotted quad, or RFC 5952 for IPv6. */
export function formatAddress(address: Address): string {
  const b = address.bytes;
  if (address.family === 'IPv4') return `${b[12]}.${b[13]}.${b[14]}.${b[15]}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((b[2 * i] ?? 0) << 8) | (b[2 * i + 1] ?? 0));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((g) => g.toString(16))
      .join(':');
  return best.start < 0 ? text(0, 8) : `${text(0, best.start)}::${text(best.start + best.length, 8)}`;
}

/** 16 bytes → canonical text. */
export const formatBytes = (bytes: Uint8Array): string => formatAddress(fromBytes(bytes));

/** Canonical text of an address in the family; null when the text is not one. IPv4 text that parses is canonical. */
export function canonicalAddress(text: string, family: Family): string | null {
  if (family === 'IPv4') return number4(text) < 0 ? null : text;
  if (!isIPv6(text)) return null;
  const address = parseAddress(text);
  return address?.family === family ? formatAddress(address) : null;
}

/** `a.b.c.d:port` or `[v6]:port`. The port may also be a word that stands for all ports. */
export function formatEndpoint(address: string, port: number | string): string {
  return `${urlHost(address)}:${port}`;
}

/** Splits what formatEndpoint wrote. */
export function splitEndpoint(text: string): { address: string; port: number } {
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/** Text → CIDR, or null. Host bits are allowed here; `maskedCidr` clears them. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  if (slash < 0) return null;
  const address = parseAddress(text.slice(0, slash));
  const suffix = text.slice(slash + 1);
  if (!address || !/^(0|[1-9][0-9]{0,2})$/.test(suffix)) return null;
  const length = Number(suffix);
  if (length > (address.family === 'IPv4' ? 32 : 128)) return null;
  return { family: address.family, address, length };
}

export function mustCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`not a CIDR: ${text}`);
  return cidr;
}

/** Prefix length counted in the 16-byte form: an IPv4 /24 is 120. */
export function length128(cidr: Cidr): number {
  return cidr.family === 'IPv4' ? cidr.length + 96 : cidr.length;
}

/** 16 bytes with everything after `bits` cleared. */
function maskBytes(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((value, i) => {
    const keep = Math.min(8, Math.max(0, bits - 8 * i));
    return value & (0xff << (8 - keep));
  });
}

/** The same CIDR with its host bits cleared. */
export function maskedCidr(cidr: Cidr): Cidr {
  return { ...cidr, address: { family: cidr.family, bytes: maskBytes(cidr.address.bytes, length128(cidr)) } };
}

export const formatCidr = (cidr: Cidr): string => `${formatAddress(cidr.address)}/${cidr.length}`;

/** True if the address lies in the CIDR (never across families). */
export function contains(cidr: Cidr, address: Address): boolean {
  if (cidr.family !== address.family) return false;
  const bits = length128(cidr);
  const a = maskBytes(cidr.address.bytes, bits);
  return maskBytes(address.bytes, bits).every((value, i) => value === a[i]);
}

/** Address as a number: 32 or 128 bits of its own family. */
export function toBigInt(address: Address): bigint {
  const bytes = address.family === 'IPv4' ? address.bytes.subarray(12) : address.bytes;
  return bytes.reduce((sum, value) => (sum << 8n) | BigInt(value), 0n);
}

export function fromBigInt(family: Family, value: bigint): Address {
  const bytes = new Uint8Array(16);
  if (family === 'IPv4') bytes.set(V4_PREFIX);
  const first = family === 'IPv4' ? 12 : 0;
  let rest = value;
  for (let i = 15; i >= first; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return { family, bytes };
}
