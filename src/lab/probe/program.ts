// program.ts - a small program that runs inside a namespace: sends IPv4 packets as they are, through raw-socket, and reports
// every packet that comes back.
//
// A process of its own, because raw-socket loads in one thread per process only. Usage: program.js DESTINATION PROTOCOL
// PAUSE_MS TIMEOUT_MS HEX[,HEX…]… (one word a packet, its pieces with commas). Prints `{"sent":N,"ms":…}` and
// `{"hex":…,"ms":…}`, a line each. Exit NOT_LOADED: raw-socket cannot be used.
import { setTimeout } from 'node:timers/promises';
import { loadOrExit } from '../check/witness/compiled.js';

interface RawSocket {
  on(event: 'message', listener: (packet: Buffer) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  setOption(level: number, option: number, value: number): void;
  send(packet: Buffer, offset: number, length: number, address: string, done: (error?: Error) => void): void;
  close(): void;
}

interface RawSocketModule {
  createSocket(options: { protocol: number; bufferSize: number }): RawSocket;
  SocketLevel: { IPPROTO_IP: number };
  SocketOption: { IP_HDRINCL: number };
}

const ICMP = 1;

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

async function main([
  destination = '',
  protocol = '1',
  pause = '0',
  timeout = '1000',
  ...packets
]: string[]): Promise<void> {
  const raw = loadOrExit<RawSocketModule>('raw-socket');
  const protocols = [...new Set([Number(protocol), ICMP])];
  const sockets = protocols.map((number) => raw.createSocket({ protocol: number, bufferSize: 65_536 }));
  for (const socket of sockets) {
    socket.on('message', (packet) => say({ hex: packet.toString('hex'), ms: performance.now() }));
    socket.on('error', (error) => say({ error: error.message }));
  }
  const [sender] = sockets;
  sender?.setOption(raw.SocketLevel.IPPROTO_IP, raw.SocketOption.IP_HDRINCL, 1);
  for (const [sent, pieces] of packets.entries()) {
    say({ sent, ms: performance.now() });
    for (const piece of pieces.split(',')) {
      const bytes = Buffer.from(piece, 'hex');
      sender?.send(bytes, 0, bytes.length, destination, (error) => {
        if (error) say({ error: error.message });
      });
    }
    if (Number(pause) > 0) await setTimeout(Number(pause));
  }
  await setTimeout(Number(timeout));
  for (const socket of sockets) socket.close();
}

await main(process.argv.slice(2));
