// ip.ts - addresses and CIDRs in API fields: the forgiving parser of old, and what is refused on top of it today.
//
// Fields that are older than strict checking accept what Go's parser once accepted (leading zeros, IPv4-mapped IPv6,
// host bits after a prefix). Gate StrictIPCIDRValidation refuses these in new values; values that an object had
// before the update are never questioned (apimachinery util/validation/ip.go).

import type { Issue } from '../../model/issue.js';
import { invalid } from './field-error.js';
import type { Gates } from './gates.js';

/** 16 bytes; IPv4 is IPv4-mapped. `v4` tells how it was written. */
interface SloppyAddress {
  readonly bytes: readonly number[];
  readonly v4: boolean;
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function sloppy4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]+$/.test(part))) return null;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : null;
}

/** Groups on one side of `::`, as bytes; the last one may be an IPv4 address. */
function sloppyGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const octets = sloppy4(part);
      if (!octets) return null;
      bytes.push(...octets);
      continue;
    }
    if (!/^[0-9a-fA-F]+$/.test(part)) return null;
    const value = Number.parseInt(part, 16);
    if (value > 0xffff) return null;
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes;
}

function sloppy6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = sloppyGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? sloppyGroups(halves[1] ?? '', true) : [];
  if (!head || !tail) return null;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** The same address is asked about several times in a row. */
let latest: { readonly text: string; readonly address: SloppyAddress | null } = { text: '', address: null };

function parseSloppy(text: string): SloppyAddress | null {
  if (latest.text !== text) latest = { text, address: parseAnew(text) };
  return latest.address;
}

function parseAnew(text: string): SloppyAddress | null {
  const first = /[.:]/.exec(text)?.[0];
  if (first === '.') {
    const octets = sloppy4(text);
    return octets && { bytes: [...MAPPED, ...octets], v4: true };
  }
  const bytes = first === ':' ? sloppy6(text) : null;
  return bytes && { bytes, v4: false };
}

const isMapped = (bytes: readonly number[]): boolean => MAPPED.every((value, i) => bytes[i] === value);

/** An octet with a leading zero, or a group of more than four digits. */
function hasLeadingZeros(text: string): boolean {
  return text.split(/[.:]/).some((part, i, all) => {
    const octet = text.includes('.') && i >= all.length - 4;
    return octet ? part.length > 1 && part.startsWith('0') : part.length > 4;
  });
}

/** Family of an address that the forgiving parser takes; an IPv4-mapped one is IPv4. Null for anything else. */
export function legacyFamily(text: string): 'IPv4' | 'IPv6' | null {
  const address = parseSloppy(text);
  if (!address) return null;
  return isMapped(address.bytes) ? 'IPv4' : 'IPv6';
}

/** An address in an old field. `known` are the values that the stored object has. */
export function legacyAddress(field: string, text: string, gates: Gates, known: readonly string[] = []): Issue[] {
  if (known.includes(text)) return [];
  const address = parseSloppy(text);
  if (!address) return [invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  if (!gates.StrictIPCIDRValidation) return [];
  if (hasLeadingZeros(text)) return [invalid(field, text, 'must not have leading 0s')];
  if (!address.v4 && isMapped(address.bytes)) {
    return [invalid(field, text, 'must not be an IPv4-mapped IPv6 address')];
  }
  return [];
}

function hostBitsSet(bytes: readonly number[], bits: number): boolean {
  return bytes.some((value, i) => {
    const keep = Math.min(8, Math.max(0, bits - 8 * i));
    return (value & (0xff >> keep)) !== 0;
  });
}

/** A CIDR in an old field. `known` are the values that the stored object has. */
export function legacyCidr(field: string, text: string, gates: Gates, known: readonly string[] = []): Issue[] {
  if (known.includes(text)) return [];
  const slash = text.indexOf('/');
  const address = slash < 0 ? null : parseSloppy(text.slice(0, slash));
  const suffix = text.slice(slash + 1);
  const length = /^[0-9]+$/.test(suffix) ? Number(suffix) : Number.POSITIVE_INFINITY;
  if (!address || length > (address.v4 ? 32 : 128)) {
    return [invalid(field, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
  }
  if (!gates.StrictIPCIDRValidation) return [];
  if (hasLeadingZeros(text.slice(0, slash)) || (suffix.length > 1 && suffix.startsWith('0'))) {
    return [invalid(field, text, 'must not have leading 0s in IP or prefix length')];
  }
  if (!address.v4 && isMapped(address.bytes)) {
    return [invalid(field, text, 'must not have an IPv4-mapped IPv6 address')];
  }
  if (hostBitsSet(address.bytes, address.v4 ? length + 96 : length)) {
    return [invalid(field, text, 'must not have bits set beyond the prefix length')];
  }
  return [];
}

/** Addresses that can not be an endpoint's (nor, for historical reasons, an external IP). */
export function endpointAddress(field: string, text: string): Issue[] {
  const address = parseSloppy(text);
  if (!address) return [invalid(field, text, 'must be a valid IP address')];
  const b = address.bytes;
  const v4 = isMapped(b) ? b.slice(12) : null;
  const zero = (v4 ?? b).every((value) => value === 0);
  const one6 = !v4 && b.every((value, i) => value === (i === 15 ? 1 : 0));
  const [first = 0, second = 0] = v4 ?? b;
  const issues: Issue[] = [];
  if (zero) issues.push(invalid(field, text, `may not be unspecified (${text})`));
  if (v4 ? first === 127 : one6) {
    issues.push(invalid(field, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  }
  if (v4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80) {
    issues.push(invalid(field, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  }
  if (v4 ? first === 224 && second === 0 && v4[2] === 0 : first === 0xff && (second & 0x0f) === 2) {
    issues.push(invalid(field, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  }
  return issues;
}
