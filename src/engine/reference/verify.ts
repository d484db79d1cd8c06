// verify.ts - verifies the checksum of TCP, UDP, SCTP or ICMP for connection tracking (native/law/conntrack.md).
import { u16 } from '../../wire/bytes.js';
import { fold, pseudoHeaderSum, sctpChecksum, sumBytes } from '../../wire/checksum.js';
import { checksumOffset, PROTOCOL } from '../../wire/headers.js';
import type { Offload } from '../engine.js';
import type { Packet } from './packet.js';

/** Also true if it cannot be checked: partial checksums, fragments, UDP or protocols without a checksum. [TRACK-22] */
export function checksumIsGood(bytes: Uint8Array, packet: Packet, offload: Offload): boolean {
  const { protocol, version, l4, end, fragment, source, destination } = packet;
  if (offload.needsChecksum || fragment !== 'none') return true;
  if (protocol === PROTOCOL.SCTP) {
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(l4 + 8, true) === sctpChecksum(bytes, l4, end);
  }
  if (checksumOffset(protocol, version) < 0) return true;
  if (protocol === PROTOCOL.UDP && u16(bytes, l4 + 6) === 0) return true;
  const pseudo = protocol === PROTOCOL.ICMP ? 0 : pseudoHeaderSum(source, destination, protocol, end - l4, version);
  return fold(pseudo + sumBytes(bytes, l4, end)) === 0xffff;
}
