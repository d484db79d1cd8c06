// bytes.ts - the byte forms that tables hold: 16-byte addresses, MAC addresses, protocol numbers.
import { length128, maskedCidr, mustAddress, mustCidr, parseAddress, writeAddress } from '../model/address.js';

/** The address that means "any NodePort address of the node" (::ffff:0.0.0.0 and ::). */
export const ANY_IPV4 = mustAddress('0.0.0.0').bytes;
export const ANY_IPV6 = new Uint8Array(16);

/** One buffer for the addresses of rows: they live equally long, and a buffer each would outweigh the rows. */
export class AddressPage {
  readonly #buffer: ArrayBuffer;
  #used = 0;

  /** @param count how many at most */
  constructor(count: number) {
    this.#buffer = new ArrayBuffer(count * 16);
  }

  /** The 16 bytes of an address whose text is known to be valid. */
  of(text: string): Uint8Array {
    const bytes = new Uint8Array(this.#buffer, this.#used, 16);
    this.#used += 16;
    writeAddress(text, bytes);
    return bytes;
  }
}

/** `02:00:00:00:00:01` → 6 bytes. Throws on anything else. */
export function macBytes(text: string): Uint8Array {
  const parts = text.split(':');
  if (parts.length !== 6 || parts.some((part) => !/^[0-9a-fA-F]{2}$/.test(part))) {
    throw new Error(`not a MAC address: ${text}`);
  }
  return Uint8Array.from(parts, (part) => Number.parseInt(part, 16));
}

/** CIDR text → a row's fields `prefix` (host bits cleared) and `prefixLength` (in the 16-byte form). */
export function cidrFields(text: string): { prefix: Uint8Array; prefixLength: number } {
  // By far the most routes lead to single pods, where there is nothing to clear.
  const host = text.endsWith('/32') || text.endsWith('/128') ? parseAddress(text.slice(0, text.indexOf('/'))) : null;
  if (host && text.endsWith(host.family === 'IPv4' ? '/32' : '/128')) return { prefix: host.bytes, prefixLength: 128 };
  const cidr = maskedCidr(mustCidr(text));
  return { prefix: cidr.address.bytes, prefixLength: length128(cidr) };
}
