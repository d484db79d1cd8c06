// tcp-courses.ts - connections as they are often met, segment by segment: what trackers are asked about most.
//
// A line is a segment: `>` of the client, `<` of the server, flags, then seq, ack, len, win and opt where they matter. Numbers
// without a say go on where its end stopped.
import type { End, TalkSegment } from './tcp-talk.js';

const OPENING = `
> SYN seq=1000 opt=scale
< SYN,ACK seq=5000 opt=scale
> ACK
`;
const OPTIONS: Readonly<Record<string, Uint8Array>> = {
  none: new Uint8Array(0),
  scale: Uint8Array.of(4, 2, 1, 3, 3, 7, 1, 0),
};

export const COURSES: Readonly<Record<string, string>> = {
  'a request, its answer, and a close from either side': `${OPENING}
> PSH,ACK len=100
< ACK
< PSH,ACK len=1400
< PSH,ACK len=1400
> ACK
< FIN,ACK
> ACK
> FIN,ACK
< ACK`,
  'both close at once': `${OPENING}
> FIN,ACK
< FIN,ACK ack=1001
> ACK
< ACK`,
  'a half close lives on': `${OPENING}
> FIN,ACK
< ACK
< PSH,ACK len=1000
> ACK
< FIN,ACK
> ACK`,
  'nobody listens': `
> SYN seq=1000
< RST,ACK seq=0`,
  'a SYN that comes again, and late': `
> SYN seq=1000
> SYN seq=1000
< SYN,ACK seq=5000
< SYN,ACK seq=5000
> ACK
> SYN seq=1000
> PSH,ACK seq=1001 len=10`,
  'simultaneous open': `
> SYN seq=1000
< SYN seq=5000
> SYN,ACK seq=1000 ack=5001
< SYN,ACK seq=5000 ack=1001
> ACK
< ACK`,
  'data that come again, out of order, and are acknowledged selectively': `${OPENING}
< PSH,ACK seq=5001 len=1000
< PSH,ACK seq=7001 len=1000
> ACK ack=6001 opt=sack:7001-8001
< PSH,ACK seq=6001 len=1000
> ACK ack=8001
< PSH,ACK seq=5001 len=1000
> ACK ack=8001`,
  'a closed window is probed, keepalives are answered': `${OPENING}
< PSH,ACK len=1000
> ACK win=0
< ACK seq=6000 ack=1001 len=1
> ACK win=0
< ACK seq=6000 ack=1001 len=1
> ACK win=500
< ACK seq=6000 ack=1001
> ACK ack=6001`,
  'resets in the window, before it and behind it': `${OPENING}
> PSH,ACK len=100
< ACK
< RST seq=4000
< RST seq=900000
< RST seq=5101
> ACK
< RST seq=5001
> PSH,ACK len=10`,
  'a server that restarted resets what it does not know': `${OPENING}
> PSH,ACK len=100
< RST seq=5001
> SYN seq=9000
< SYN,ACK seq=1
> ACK`,
  'a port is used again after a close': `${OPENING}
> FIN,ACK
< FIN,ACK
> ACK
> SYN seq=700000 opt=scale
< SYN,ACK seq=900000 opt=scale
> ACK
< PSH,ACK len=100`,
  'a half-open connection is challenged and begun anew': `${OPENING}
> SYN seq=300000
< ACK seq=5001 ack=1001
> RST seq=1001
> SYN seq=300000
< SYN,ACK seq=800000
> ACK`,
  'the middle of a connection is picked up, by either side': `
> PSH,ACK seq=1000 ack=5000 len=100
< PSH,ACK seq=5000 ack=1100 len=1400
< PSH,ACK seq=90000 ack=1100 len=1400
> ACK ack=6400
> FIN,ACK
< FIN,ACK
> ACK`,
  'sequence numbers go round': `
> SYN seq=4294967290
< SYN,ACK seq=4294967295
> ACK
> PSH,ACK len=1000
< PSH,ACK len=1000
> ACK
< RST seq=4294967200
> FIN,ACK
< FIN,ACK
> ACK`,
};

const MARKS = (flags: string): number => (/SYN|FIN/.test(flags) ? 1 : 0);

function sack(edges: string): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set([1, 1, 5, 10]);
  for (const [i, edge] of edges.split('-').entries()) new DataView(bytes.buffer).setUint32(4 + 4 * i, Number(edge));
  return bytes;
}

/** The segments of a course. */
export function segmentsOf(text: string): TalkSegment[] {
  const next: Record<End, number> = { client: 0, server: 0 };
  return text
    .trim()
    .split(/\n+/)
    .map((line) => {
      const [arrow, flags = '', ...fields] = line.split(' ');
      const [from, to]: [End, End] = arrow === '>' ? ['client', 'server'] : ['server', 'client'];
      const said = new Map(fields.map((field) => field.split('=') as [string, string]));
      const number = (name: string, otherwise: number): number => Number(said.get(name) ?? otherwise);
      const seq = number('seq', next[from]);
      const payload = number('len', 0);
      const opt = said.get('opt') ?? 'none';
      const options = opt.startsWith('sack:') ? sack(opt.slice(5)) : (OPTIONS[opt] ?? new Uint8Array(0));
      next[from] = (seq + payload + MARKS(flags)) >>> 0;
      const ack = flags.includes('ACK') ? number('ack', next[to]) : 0;
      return { from, flags, seq, ack, window: number('win', 65_535), options, payload };
    });
}
