// probe.ts - a small program that runs inside a namespace and sends ICMP echo requests (IPv4) through `raw-socket`.
//
// A process of its own, because raw-socket loads in one thread per process only. Usage: probe.js DESTINATION COUNT
// TIMEOUT_MS. Prints one line of JSON (ProbeReport) and exits 0, whatever the answer was;
// NOT_LOADED when raw-socket cannot be used.
import { loadOrExit } from './compiled.js';

interface RawSocket {
  on(event: 'message', listener: (packet: Buffer, source: string) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  send(packet: Buffer, offset: number, length: number, address: string, done: (error?: Error) => void): void;
  close(): void;
}

interface RawSocketModule {
  createSocket(options: { protocol: number }): RawSocket;
  createChecksum(packet: Buffer): number;
  writeChecksum(packet: Buffer, offset: number, checksum: number): void;
  Protocol: { ICMP: number };
}

/** Outcome of one echo request. `type`/`code` are ICMP's (RFC 792): 0/0 is the echo reply, 3/3 port unreachable. */
interface ProbeAnswer {
  readonly sequence: number;
  readonly from: string;
  readonly type: number;
  readonly code: number;
  readonly ms: number;
}

export interface ProbeReport {
  readonly destination: string;
  readonly sent: number;
  readonly answers: readonly ProbeAnswer[];
  readonly error?: string;
}

const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;

/** Builds an echo request: type, code, checksum, identifier, sequence number, eight bytes of payload. */
function echoRequest(raw: RawSocketModule, identifier: number, sequence: number): Buffer {
  const packet = Buffer.alloc(16);
  packet.writeUInt8(ECHO_REQUEST, 0);
  packet.writeUInt16BE(identifier, 4);
  packet.writeUInt16BE(sequence, 6);
  packet.write('kubewire', 8, 'latin1');
  raw.writeChecksum(packet, 2, raw.createChecksum(packet));
  return packet;
}

/** The ICMP message in an IPv4 packet, with the identifier and sequence number it refers to; null if it is not ours. */
function readAnswer(packet: Buffer): { type: number; code: number; identifier: number; sequence: number } | null {
  const start = ((packet[0] ?? 0) & 0x0f) * 4;
  if (packet.length < start + 8) return null;
  const [type = 0, code = 0] = packet.subarray(start);
  if (type === ECHO_REPLY) {
    return { type, code, identifier: packet.readUInt16BE(start + 4), sequence: packet.readUInt16BE(start + 6) };
  }
  const inner = start + 8;
  if (packet.length < inner + 20) return null;
  const innerIcmp = inner + ((packet[inner] ?? 0) & 0x0f) * 4;
  if (packet.length < innerIcmp + 8 || packet[innerIcmp] !== ECHO_REQUEST) return null;
  return {
    type,
    code,
    identifier: packet.readUInt16BE(innerIcmp + 4),
    sequence: packet.readUInt16BE(innerIcmp + 6),
  };
}

function main([destination = '', count = '3', timeoutMs = '1000']: string[]): void {
  const answers: ProbeAnswer[] = [];
  const sentAt = new Map<number, number>();
  const raw = loadOrExit<RawSocketModule>('raw-socket');
  const socket = raw.createSocket({ protocol: raw.Protocol.ICMP });
  const identifier = process.pid & 0xffff;
  let finished = false;
  const finish = (error?: Error): void => {
    if (finished) return;
    finished = true;
    clearTimeout(timer);
    socket.close();
    const report: ProbeReport = { destination, sent: sentAt.size, answers, ...(error ? { error: error.message } : {}) };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  };
  const timer = setTimeout(() => finish(), Number(timeoutMs));
  socket.on('error', finish);
  socket.on('message', (packet, source) => {
    const answer = readAnswer(packet);
    const start = answer && answer.identifier === identifier ? sentAt.get(answer.sequence) : undefined;
    if (!answer || start === undefined) return;
    const { sequence, type, code } = answer;
    answers.push({ sequence, from: source, type, code, ms: performance.now() - start });
    if (answers.length === Number(count)) finish();
  });
  for (let sequence = 1; sequence <= Number(count); sequence++) {
    const packet = echoRequest(raw, identifier, sequence);
    sentAt.set(sequence, performance.now());
    socket.send(packet, 0, packet.length, destination, (error) => {
      // A rejecting rule in this namespace is reported here too; what counts is the ICMP message that it sends.
      if (error && !/not permitted/i.test(error.message)) finish(error);
    });
  }
}

main(process.argv.slice(2));
