// capture.ts - a small program that runs inside a namespace and reports, through `cap` (libpcap), what arrives there.
//
// The tests' independent witness: libpcap and cap's decoders read the frames, and every checksum is recomputed here
// by the book (RFC 1071), without any of the dataplane's code. A process of its own, because cap loads in one thread per
// process only. Usage: capture.js INTERFACE FILTER COUNT TIMEOUT_MS. Prints `{"ready":true}`, then one line of JSON
// (WitnessedFrame) a frame. Exit NOT_LOADED: cap cannot be used.
import { LONGEST_PACKET_BYTES } from '../../../wire/headers.js';
import { loadOrExit } from './compiled.js';

export interface WitnessedFrame {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Time to live or hop limit. */
  readonly ttl: number;
  readonly bytes: number;
  readonly ipChecksumOk: boolean;
  readonly l4ChecksumOk: boolean;
}

interface CapModule {
  Cap: {
    new (): {
      open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
      setMinBytes?(bytes: number): void;
      on(event: 'packet', listener: (bytes: number, truncated: boolean) => void): void;
      close(): void;
    };
  };
  decoders: {
    Ethernet(buffer: Buffer): { info: { type: number }; offset: number };
    IPV4(buffer: Buffer, offset: number): IpInfo;
    IPV6(buffer: Buffer, offset: number): IpInfo;
  };
}

interface IpInfo {
  info: { srcaddr: string; dstaddr: string; protocol: number; totallen?: number; payloadlen?: number; ttl?: number };
  offset: number;
}

const TCP = 6;
const UDP = 17;
const ICMP6 = 58;

/** Folded ones' complement sum over big-endian 16-bit words. */
function sum(bytes: Uint8Array, start = 0): number {
  let total = start;
  for (let i = 0; i < bytes.length; i += 2) total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

function l4Ok(ip: Buffer, payload: Buffer, protocol: number, six: boolean): boolean {
  if (protocol === 1) return sum(payload) === 0xffff;
  if (protocol !== TCP && protocol !== UDP && protocol !== ICMP6) return true;
  if (protocol === UDP && payload.readUInt16BE(6) === 0) return !six;
  const addresses = six ? ip.subarray(8, 40) : ip.subarray(12, 20);
  return sum(payload, sum(addresses) + protocol + payload.length) === 0xffff;
}

function witness(decoders: CapModule['decoders'], frame: Buffer): WitnessedFrame | null {
  const ethernet = decoders.Ethernet(frame);
  const six = ethernet.info.type === 0x86dd;
  if (!six && ethernet.info.type !== 0x0800) return null;
  const { info, offset } = six ? decoders.IPV6(frame, ethernet.offset) : decoders.IPV4(frame, ethernet.offset);
  const total = six ? 40 + frame.readUInt16BE(ethernet.offset + 4) : frame.readUInt16BE(ethernet.offset + 2);
  const ip = frame.subarray(ethernet.offset, ethernet.offset + total);
  const protocol = (six ? ip[6] : ip[9]) ?? 0;
  const payload = ip.subarray(six ? 40 : offset - ethernet.offset);
  const ports = payload.length >= 4 && protocol !== 1 && protocol !== ICMP6;
  return {
    source: info.srcaddr,
    destination: info.dstaddr,
    protocol,
    sourcePort: ports ? payload.readUInt16BE(0) : 0,
    destinationPort: ports ? payload.readUInt16BE(2) : 0,
    ttl: (six ? ip[7] : ip[8]) ?? 0,
    bytes: frame.length,
    ipChecksumOk: six || sum(ip.subarray(0, offset - ethernet.offset)) === 0xffff,
    l4ChecksumOk: l4Ok(ip, payload, protocol, six),
  };
}

function main([device = 'eth0', filter = '', count = '1', timeoutMs = '1000']: string[]): void {
  const module = loadOrExit<CapModule>('cap');
  const buffer = Buffer.alloc(LONGEST_PACKET_BYTES);
  const capture = new module.Cap();
  capture.open(device, filter, 4 << 20, buffer);
  capture.setMinBytes?.(0);
  let left = Number(count);
  const timer = setTimeout(() => capture.close(), Number(timeoutMs));
  capture.on('packet', (bytes) => {
    const seen = left > 0 ? witness(module.decoders, Buffer.from(buffer.subarray(0, bytes))) : null;
    if (!seen) return;
    process.stdout.write(`${JSON.stringify(seen)}\n`);
    left--;
    if (left > 0) return;
    clearTimeout(timer);
    capture.close();
  });
  process.stdout.write('{"ready":true}\n');
}

main(process.argv.slice(2));
