// wire.ts - a DNS query as bytes → the response as bytes (RFC 1035, EDNS0 of RFC 6891); the format is dns-packet's to write.
import * as packet from 'dns-packet';
import type { Answer, DnsRecord, QuestionType } from './answer.js';
import type { Resolver } from './resolver.js';

/** Without EDNS a UDP message has 512 bytes at most (RFC 1035 §2.3.4). */
const PLAIN_BYTES = 512;
/** What we take and send over UDP with EDNS: it passes every path without fragments (DNS flag day 2020). */
const EDNS_BYTES = 1232;
const TCP_BYTES = 65_535;

const ASKED: ReadonlySet<string> = new Set([
  'A',
  'AAAA',
  'ANY',
  'AXFR',
  'CNAME',
  'IXFR',
  'NS',
  'PTR',
  'SOA',
  'SRV',
  'TXT',
]);

/** Header bits above the low byte (RFC 1035 §4.1.1). */
const FLAG = { AUTHORITATIVE: 1 << 10, TRUNCATED: 1 << 9, RECURSION_DESIRED: 1 << 8 } as const;
const OPCODE_MASK = 0x7800;
const CODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

const relative = (name: string): string => (name === '.' ? '.' : name.replace(/\.$/, ''));

function wireRecord(record: DnsRecord): packet.Answer {
  const head = { name: relative(record.name), ttl: record.ttl, class: 'IN' as const };
  switch (record.type) {
    case 'SRV':
      return { ...head, type: 'SRV', data: { ...record.data, target: relative(record.data.target) } };
    case 'SOA': {
      const { mname, rname, ...times } = record.data;
      return { ...head, type: 'SOA', data: { ...times, mname: relative(mname), rname: relative(rname) } };
    }
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { ...head, type: record.type, data: relative(record.data) };
    default:
      return { ...head, type: record.type, data: record.data };
  }
}

/** The header of a query alone, for answers to what cannot be read further; null for less than a header. */
function headerOnly(query: Uint8Array, code: keyof typeof CODES): Buffer | null {
  if (query.length < 12) return null;
  const head = Buffer.alloc(12);
  head.set(query.subarray(0, 2));
  const flags = Buffer.from(query).readUInt16BE(2);
  head.writeUInt16BE(0x8000 | (flags & (OPCODE_MASK | FLAG.RECURSION_DESIRED)) | CODES[code], 2);
  return head;
}

/** Names in other cases and answers in other orders, so that clients share the load; draws come from `random`. */
function shuffled(records: readonly DnsRecord[], random: () => number): DnsRecord[] {
  const fixed = records.filter(({ type }) => type === 'CNAME');
  const others = records.filter(({ type }) => type !== 'CNAME');
  for (let i = others.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [others[i], others[j]] = [others[j] as DnsRecord, others[i] as DnsRecord];
  }
  return [...fixed, ...others];
}

interface Reading {
  readonly query: packet.DecodedPacket;
  readonly question: packet.Question;
  readonly edns: packet.OptAnswer | undefined;
}

function read(bytes: Uint8Array): Reading | keyof typeof CODES | null {
  if (bytes.length < 12) return null;
  const flags = Buffer.from(bytes).readUInt16BE(2);
  // An answer is not answered: two servers would talk forever.
  if (flags & 0x8000) return null;
  if (flags & OPCODE_MASK) return 'NOTIMP';
  try {
    const query = packet.decode(Buffer.from(bytes));
    const [question, ...more] = query.questions ?? [];
    if (!question || more.length > 0) return 'FORMERR';
    const edns = query.additionals?.find((record): record is packet.OptAnswer => record.type === 'OPT');
    return { query, question, edns };
  } catch {
    return 'FORMERR';
  }
}

/**
 * The response to a query; null for bytes that are none.
 * @param overTcp then nothing is cut short
 * @param random 0 to 1, for the order of the answers
 * @param refuse is told why a question is refused
 */
export function respond(
  resolver: Resolver,
  bytes: Uint8Array,
  overTcp: boolean,
  random: () => number,
  refuse: (why: string) => void = () => undefined,
): Buffer | null {
  const reading = read(bytes);
  if (reading === null) return null;
  if (typeof reading === 'string') return headerOnly(bytes, reading);
  const { query, question, edns } = reading;
  const { name, class: scope = 'IN', type } = question;
  const asked = (ASKED.has(type) ? type : 'OTHER') as QuestionType;
  const answer: Answer | null = scope === 'IN' || scope === 'ANY' ? resolver.answer(name, asked) : null;
  if (answer?.why !== undefined) refuse(answer.why);
  const limit = overTcp
    ? TCP_BYTES
    : edns
      ? Math.min(Math.max(edns.udpPayloadSize, PLAIN_BYTES), EDNS_BYTES)
      : PLAIN_BYTES;
  const options: packet.Answer[] = edns ? [OPT] : [];
  const make = (cut: boolean): Buffer =>
    encode({
      id: query.id ?? 0,
      code: answer?.rcode ?? 'REFUSED',
      flags:
        ((query.flags ?? 0) & FLAG.RECURSION_DESIRED) |
        (answer && answer.rcode !== 'REFUSED' ? FLAG.AUTHORITATIVE : 0) |
        (cut ? FLAG.TRUNCATED : 0),
      question,
      answers: cut || !answer ? [] : shuffled(answer.answer, random).map(wireRecord),
      authorities: cut || !answer ? [] : answer.authority.map(wireRecord),
      additionals: [...(cut || !answer ? [] : answer.additional.map(wireRecord)), ...options],
    });
  const whole = make(false);
  return whole.length <= limit ? whole : make(true);
}

const OPT = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: EDNS_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} as unknown as packet.Answer;

interface Parts {
  readonly id: number;
  readonly code: keyof typeof CODES;
  readonly flags: number;
  readonly question: packet.Question;
  readonly answers: packet.Answer[];
  readonly authorities: packet.Answer[];
  readonly additionals: packet.Answer[];
}

function encode({ id, code, flags, question, ...sections }: Parts): Buffer {
  return packet.encode({ type: 'response', id, flags: flags | CODES[code], questions: [question], ...sections });
}
