// node.ts - a node of the real kernel with two TAPs and rules of anybody: frames go in, and nft tells their ways.
import { writeSync } from 'node:fs';
import { createNamespace, createTap, kernel, rawSocket, sendPacket, setSysctl } from '../../../src/lab/host/host.js';
import { runInNamespace, spawnInNamespace } from '../../../src/lab/host/process.js';
import { type PacketBuilder, packet } from '../../support/packet.js';
import { inIPv6 } from './ipv6.js';

const MAC = '02:00:00:00:00:0a';
const ETHERNET = 14;

/** Packets of ours carry this DSCP, so that what the kernel says itself is not taken for them. */
export const DSCP = 42;

/** Marks our packets for tracing as they come in, and shows them as they leave. */
const TRACER = `table inet kubewire-tracer {
${[
  ['in', 'prerouting', -490],
  ['own', 'output', -490],
  ['out', 'postrouting', 490],
  ['up', 'input', 490],
]
  .map(
    ([name, hook, priority]) => `\tchain ${name} {
\t\ttype filter hook ${hook} priority ${priority}; policy accept;
\t\tip dscp ${DSCP} meta nftrace set 1
\t\tip6 dscp ${DSCP} meta nftrace set 1
\t}
`,
  )
  .join('')}}
`;

/** A redirect is of the connection that it is about, and could change its mark. */
const SYSCTLS = [
  ['net.ipv4.ip_forward', 1],
  ['net.ipv6.conf.all.forwarding', 1],
  ['net.ipv6.conf.eth0.accept_dad', 0],
  ['net.ipv6.conf.eth1.accept_dad', 0],
  ['net.ipv4.conf.all.route_localnet', 1],
  ...['all', 'eth0', 'eth1'].map((name) => [`net.ipv4.conf.${name}.send_redirects`, 0] as const),
] as const;

/** Nobody answers ARP here, and what waits for an answer fills the buffers. */
const neighbour = (address: string, device: string): string =>
  `neigh replace ${address} lladdr 02:00:00:00:00:99 dev ${device} nud permanent\n`;
const NEAR_ETH1 = ['10.244.1.3', '10.244.1.4', '10.244.1.9', '10.96.0.20', '10.96.0.21', '172.16.5.5'];

const ADDRESSES = `link set eth0 up
link set eth1 up
addr add 192.168.0.11/24 dev eth0
addr add 192.168.0.12/24 dev eth0
addr add 10.244.1.1/24 dev eth1
route add default via 192.168.0.1
route add 10.96.0.0/16 dev eth1
route add 172.16.0.0/16 dev eth1
${['192.168.0.1', '192.168.0.99'].map((address) => neighbour(address, 'eth0')).join('')}${NEAR_ETH1.map((address) => neighbour(address, 'eth1')).join('')}`;

interface Tool {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TracingNode {
  /** Runs a program in it; throws if it fails. */
  run(argv: readonly string[], input?: string): Promise<string>;
  /** Through eth0 or eth1, or from the node itself. */
  send(through: 'eth0' | 'eth1' | 'own', packet: PacketBuilder): void;
  /** Hands over each line of `nft monitor trace` until one is the last. Throws when nothing is told for too long. */
  told(isLast: (line: string) => boolean): Promise<void>;
  close(): void;
}

function mustWork({ code, stdout, stderr }: Tool, argv: readonly string[]): string {
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return stdout;
}

/** A packet that is nobody's. */
const KNOCK = packet()
  .ip4('203.0.113.1', '203.0.113.2', { tos: DSCP << 2, id: 0xffff })
  .udp(9, 9);

const PATIENCE_MS = 5_000;

/** The lines of a program that goes on, and who waits for them. */
function follow(stream: NodeJS.ReadableStream): TracingNode['told'] {
  const lines: string[] = [];
  let rest = '';
  let wake: () => void = () => {};
  stream.on('data', (chunk: Buffer) => {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  const more = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nft tells nothing more')), PATIENCE_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return async (isLast) => {
    for (;;) {
      for (let line = lines.shift(); line !== undefined; line = lines.shift()) if (isLast(line)) return;
      await more();
    }
  };
}

/** @param rules loads the rules that are on trial */
export async function tracingNode(rules: (run: TracingNode['run']) => Promise<unknown>): Promise<TracingNode> {
  const ns = createNamespace();
  const taps = {
    eth0: createTap(ns, { name: 'eth0', mac: MAC, mtu: 1500, offloads: false }),
    eth1: createTap(ns, { name: 'eth1', mac: '02:00:00:00:00:0b', mtu: 1500, offloads: false }),
  };
  const run: TracingNode['run'] = async (argv, input = '') =>
    mustWork(await runInNamespace(ns, ['/usr/bin/env', ...argv], { input, timeoutMs: 60_000 }), argv);
  for (const [key, value] of SYSCTLS) setSysctl(ns, key, value);
  await run(['ip', '-batch', '-'], ADDRESSES);
  await run(['ip', '-6', '-batch', '-'], inIPv6(ADDRESSES.replaceAll(/^link .*\n/gm, '')));
  await rules(run);
  await run(['nft', '-f', '-'], TRACER);
  const monitor = spawnInNamespace(ns, ['/usr/bin/env', 'stdbuf', '-oL', 'nft', '-a', 'monitor', 'trace'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told = follow(monitor.stdout as NodeJS.ReadableStream);
  const raw = { 4: rawSocket(ns, 4), 6: rawSocket(ns, 6) };
  const buffer = new Uint8Array(2048);
  /** What nobody reads would fill the queues, and keep the node from sending. */
  const drain = (): void => {
    for (const { fd } of Object.values(taps)) while (kernel().readFrame(fd, buffer) > 0);
  };
  const send: TracingNode['send'] = (through, packet) => {
    drain();
    const bytes = packet.bytes();
    if (through === 'own') {
      try {
        const ip = bytes.subarray(ETHERNET);
        sendPacket(raw[(ip[0] as number) >> 4 === 6 ? 6 : 4], ip);
      } catch (error) {
        // A rule dropped it.
        if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
      }
      return;
    }
    const { fd, headerBytes } = taps[through];
    const frame = new Uint8Array(headerBytes + bytes.length);
    frame.set(bytes, headerBytes);
    frame.set(Uint8Array.of(2, 0, 0, 0, 0, through === 'eth0' ? 0x0a : 0x0b), headerBytes);
    writeSync(fd, frame);
  };
  // nft listens only when it has read the rules: packets are sent until it tells of one.
  const knocking = setInterval(() => send('eth0', KNOCK), 20);
  await told((line) => line.includes('trace id')).finally(() => clearInterval(knocking));
  const close = (): void => {
    monitor.kill('SIGKILL');
    ns.close();
  };
  return { run, send, told, close };
}
