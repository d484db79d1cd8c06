// soak.ts - a lab with mixed traffic and churn for as long as is wanted, and what it leaves behind: `npm run soak -- MINUTES`.
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TcpState } from '../../src/abi/abi.gen.js';
import { Lab, Talker } from '../e2e/lab.js';
import { Conversation } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';

/** Held connections go to pods that nobody deletes. */
const HELD = 8;
const LANES = 3;
const STRATEGIES = ['perfect', 'ebpf', 'nftables', 'ipvs', 'iptables'] as const;
/** What the first part of a run takes is what a lab takes; what comes later is a leak. */
const WARM_UP = 0.3;

interface Soaked {
  readonly requests: number;
  /** Requests of new connections that failed, in words. */
  readonly failures: readonly string[];
  /** Held connections that were not answered by their pod, in words. */
  readonly broken: readonly string[];
  readonly changes: number;
  /** Bytes that are reachable, after the warm-up and at the end. */
  readonly memory: { readonly before: number; readonly after: number };
  /** Connections that nodes still call ESTABLISHED after all clients have closed theirs. */
  readonly stuck: number;
  /** Devices, namespaces, events and epolls of this process before the lab and after it. */
  readonly kernelObjects: { readonly before: number; readonly after: number };
}

function kernelObjects(): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => /net\/tun|^net:|eventfd|eventpoll/.test(link)).length;
}

function reachable(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const deployment = (name: string, replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: c, image: x, ports: [{containerPort: 8080}, {containerPort: 8081, protocol: UDP}]}]
`;
const service = (name: string, app: string): string => `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  selector: {app: ${app}}
  ports: [{name: web, port: 80, targetPort: 8080}, {name: talk, port: 81, targetPort: 8081, protocol: UDP}]
`;

/** One change after the other, each in force before the next. */
async function churn(lab: Lab, goesOn: () => boolean, random: () => number): Promise<number> {
  let changes = 0;
  const any = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const kinds = [
    async () => {
      const pod = any(lab.pods('web'));
      if (pod) await lab.delete('Pod', pod.metadata.name);
    },
    () => lab.apply(service('more', 'web')),
    async () => {
      if (lab.emulator.cluster.store.get('Service', 'default', 'more')) await lab.delete('Service', 'more');
    },
    () => lab.change('Deployment', 'web', { replicas: 2 + Math.floor(random() * 4) }),
    () => lab.change('Lab', 'test', { strategy: any(STRATEGIES) }),
  ];
  for (; goesOn(); changes++) {
    await any(kinds)?.();
    await pause(50);
  }
  return changes;
}

/** Everything that talks while the lab changes. */
class Traffic {
  readonly failures: string[] = [];
  readonly broken: string[] = [];
  requests = 0;
  readonly #lab: Lab;
  readonly #held: { readonly talk: Conversation; readonly pod: string }[] = [];
  readonly #talker: Talker;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#talker = new Talker(lab.machine('node/node-1'), lab.vip('steady'), 81);
  }

  async hold(): Promise<void> {
    const from = this.#lab.machine('node/node-1');
    for (let i = 0; i < HELD; i++) {
      const talk = new Conversation(from, { address: this.#lab.vip('steady'), port: 80 });
      const pod = await talk.ask('hello');
      if (pod === null) throw new Error('nobody answers a held connection');
      this.#held.push({ talk, pod });
    }
  }

  async run(goesOn: () => boolean): Promise<void> {
    await Promise.all([
      ...Array.from({ length: LANES }, () => this.#lane(goesOn)),
      this.#ask(goesOn),
      this.#say(goesOn),
    ]);
  }

  async #lane(goesOn: () => boolean): Promise<void> {
    const from = this.#lab.machine('node/node-2');
    for (; goesOn(); this.requests++) {
      const { outcome } = await this.#lab.request(from, this.#lab.vip('web'), 80);
      if (outcome !== 'answered') this.failures.push(outcome);
      await pause(5);
    }
  }

  async #ask(goesOn: () => boolean): Promise<void> {
    for (let round = 0; goesOn(); round++) {
      for (const { talk, pod } of this.#held) {
        const now = await talk.ask(`still there ${round}?`);
        if (now !== pod) this.broken.push(`${now ?? 'nobody'} instead of ${pod}`);
      }
      await pause(200);
    }
  }

  async #say(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      if ((await this.#talker.hear()) === 'silence') this.broken.push('a UDP conversation fell silent');
      await pause(200);
    }
  }

  close(): void {
    for (const { talk } of this.#held) talk.socket.destroy();
    this.#talker.close();
  }
}

/** Flows that nodes call ESTABLISHED, apart from those between the lab's own programs. */
async function establishedTo(lab: Lab, ports: readonly number[]): Promise<number> {
  const { pool, topology } = { pool: lab.emulator.pool, topology: lab.emulator.topology };
  if (!pool) return 0;
  const rows = await Promise.all(topology.nodes.map(({ id }) => pool.flows(id)));
  return rows
    .flat()
    .filter((row) => row.tcpState === TcpState.ESTABLISHED && ports.includes(row.originalDestinationPort)).length;
}

/** Small numbers that look random; the same seed gives the same. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** @param report one line now and then, for people */
export async function soak(seconds: number, seed: number, report: (line: string) => void): Promise<Soaked> {
  const before = kernelObjects();
  const lab = await Lab.start();
  const traffic = await (async () => {
    await lab.apply(
      [deployment('web', 3), service('web', 'web'), deployment('steady', 3), service('steady', 'steady')].join('---\n'),
    );
    const made = new Traffic(lab);
    await made.hold();
    return made;
  })();
  const random = randomOf(seed);
  const part = async (ms: number): Promise<number> => {
    const end = performance.now() + ms;
    const goesOn = (): boolean => performance.now() < end;
    const [changes] = await Promise.all([churn(lab, goesOn, random), traffic.run(goesOn)]);
    await lab.emulator.settled();
    return changes;
  };
  try {
    let changes = await part(seconds * WARM_UP * 1000);
    const memory = { before: reachable(), after: 0 };
    const minutes = Math.max(1, Math.round((seconds * (1 - WARM_UP)) / 60));
    for (let minute = 0; minute < minutes; minute++) {
      changes += await part((seconds * (1 - WARM_UP) * 1000) / minutes);
      memory.after = reachable();
      const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
      report(
        `${changes} changes, ${traffic.requests} requests, ${traffic.failures.length} failed, ${traffic.broken.length} broken, ` +
          `${mega(memory.before)} then, ${mega(memory.after)} now`,
      );
    }
    traffic.close();
    await eventually(async () => ((await establishedTo(lab, [80])) === 0 ? true : null), 20_000).catch(() => null);
    const stuck = await establishedTo(lab, [80]);
    await lab.close();
    const { requests, failures, broken } = traffic;
    return { requests, failures, broken, changes, memory, stuck, kernelObjects: { before, after: kernelObjects() } };
  } catch (error) {
    traffic.close();
    await lab.close();
    throw error;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const minutes = Number(process.argv[2] ?? 60);
  const result = await soak(minutes * 60, 1, (line) => void process.stdout.write(`${line}\n`));
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = result.broken.length + result.failures.length + result.stuck === 0 ? 0 : 1;
}
