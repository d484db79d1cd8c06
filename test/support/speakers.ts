// speakers.ts - packets of connections whose two ends know what they say.
import type { FrameIn } from '../../src/engine/engine.js';
import { ip, type PacketBuilder } from './packet.js';
import { SctpTalk } from './sctp-talk.js';
import type { Dice } from './seed.js';
import { type End, TcpTalk } from './tcp-talk.js';

type Ends = Readonly<Record<End, { readonly address: string; readonly inPort: number }>>;

function between(ends: Ends, from: End): { layer: PacketBuilder; inPort: number } {
  const to = ends[from === 'client' ? 'server' : 'client'];
  return { layer: ip(ends[from].address, to.address), inPort: ends[from].inPort };
}

const portsOf = (from: End, port: number): [number, number] => (from === 'client' ? [port, 80] : [80, port]);

/** The next packet of a TCP connection, at every call. */
export function tcpSpeaker(dice: Dice, ends: Ends, port: number): () => FrameIn {
  const talk = new TcpTalk(dice);
  return () => {
    const said = talk.next();
    const { layer, inPort } = between(ends, said.from);
    return layer
      .tcp(...portsOf(said.from, port), said)
      .payload(said.payload)
      .frame(inPort);
  };
}

/** The next packet of an SCTP association, at every call. */
export function sctpSpeaker(dice: Dice, ends: Ends, port: number): () => FrameIn {
  const talk = new SctpTalk(dice);
  return () => {
    const said = talk.next();
    const { layer, inPort } = between(ends, said.from);
    return layer
      .sctp(...portsOf(said.from, port), said)
      .payload(said.payload)
      .frame(inPort);
  };
}
