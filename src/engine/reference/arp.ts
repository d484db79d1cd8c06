// arp.ts - the node answers every ARP question with its own MAC (RFC 826, RFC 5227).
import { PortKind, Reason } from '../../abi/abi.gen.js';
import { put16, sameBytes, u8, u16 } from '../../wire/bytes.js';
import { ETHERNET_BYTES } from '../../wire/headers.js';
import type { Outcome } from '../engine.js';
import { answer, drop, type Passage } from './passage.js';

const ARP_BYTES = 28;
const REQUEST = 1;
const REPLY = 2;

export function answerArp(passage: Passage): Outcome {
  const bytes = passage.frame.bytes;
  const at = ETHERNET_BYTES;
  if (bytes.length < at + ARP_BYTES) return drop(passage, Reason.MALFORMED_ARP);
  const sound =
    u16(bytes, at) === 1 && u16(bytes, at + 2) === 0x0800 && u8(bytes, at + 4) === 6 && u8(bytes, at + 5) === 4;
  if (!sound) return drop(passage, Reason.MALFORMED_ARP); // [ARP-1]
  const asker = bytes.slice(at + 8, at + 14);
  const senderIp = bytes.slice(at + 14, at + 18);
  const targetIp = bytes.slice(at + 24, at + 28);
  const isProbe = senderIp.every((value) => value === 0); // [ARP-2]
  const isAnnouncement = sameBytes(senderIp, targetIp);
  if (u16(bytes, at + 6) !== REQUEST || isProbe || isAnnouncement || passage.port.kind === PortKind.UPLINK) {
    // [ARP-3]
    return drop(passage, Reason.ARP_IGNORED);
  }
  const reply = bytes.slice(0, at + ARP_BYTES); // [ARP-4]
  reply.set(asker, 0);
  reply.set(passage.node.mac, 6);
  put16(reply, at + 6, REPLY);
  reply.set(passage.node.mac, at + 8);
  reply.set(targetIp, at + 14);
  reply.set(asker, at + 18);
  reply.set(senderIp, at + 24);
  return answer(passage, Reason.ARP_REPLY, reply);
}
