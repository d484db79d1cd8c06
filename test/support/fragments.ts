// fragments.ts - cuts a built packet into IP fragments, as a router or a sender would (RFC 791 §2.3, RFC 8200 §4.5).
import { concat, internetChecksum, word } from './internet.js';
import type { PacketBuilder } from './packet.js';

/** Ethernet frames of the fragments; `payload` bytes of IP payload each, a multiple of 8. */
export function fragmentsOf(whole: PacketBuilder, payload: number, id = 0x4242): Uint8Array[] {
  const bytes = whole.bytes();
  const isV4 = (bytes[12] ?? 0) === 0x08;
  const headerEnd = 14 + (isV4 ? ((bytes[14] ?? 0) & 0xf) * 4 : 40);
  const body = bytes.subarray(headerEnd);
  const frames: Uint8Array[] = [];
  for (let offset = 0; offset < body.length; offset += payload) {
    const piece = body.subarray(offset, offset + payload);
    const more = offset + payload < body.length;
    const header = bytes.slice(0, headerEnd);
    if (isV4) {
      header.set(word(headerEnd - 14 + piece.length), 16);
      header.set(word(id), 18);
      header.set(word((more ? 0x2000 : 0) | (offset >> 3)), 20);
      header.set(word(0), 24);
      header.set(word(internetChecksum(header.subarray(14))), 24);
      frames.push(concat(header, piece));
    } else {
      const next = header[20] ?? 0;
      header[20] = 44;
      header.set(word(8 + piece.length), 18);
      const fragmentHeader = concat(Uint8Array.of(next, 0), word(offset | (more ? 1 : 0)), word(0), word(id));
      frames.push(concat(header, fragmentHeader, piece));
    }
  }
  return frames;
}
