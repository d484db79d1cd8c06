// lab.ts - a lab inside the test's own process: machines and pods as places to send real requests from.

import { createSocket, type Socket } from 'node:dgram';
import { Socket as TcpSocket } from 'node:net';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import type { EmulatorOptions } from '../../src/emulator/options.js';
import { type RequestResult, sendRequest } from '../../src/lab/check/client.js';
import { openNamespace, type Sandbox, socketsOf } from '../../src/lab/host/sandbox.js';
import { loadTexts } from '../../src/manifest/load.js';
import { familyOf } from '../../src/model/address.js';
import type { KubeObject, Pod, Service } from '../../src/model/objects.js';
import { NETNS_ANNOTATION } from '../../src/topology/annotations.js';
import { createTopology, type TopologyOptions } from '../../src/topology/topology.js';

/** Where requests come from: sockets inside somebody's namespace. */
export type Place = ReturnType<typeof socketsOf>;

type LabOptions = TopologyOptions & Pick<EmulatorOptions, 'nodeLoss' | 'fastPath'> & { readonly strategy?: string };

/** Long enough for an answer on a busy machine, short enough to wait for one that never comes. */
const TIMEOUT_MS = 1500;

/** Who answered, or what else became of the request. */
const outcomeOf = ({ outcome, answer }: RequestResult): string => answer?.pod ?? outcome;

export class Lab {
  readonly emulator: Emulator;
  readonly reports: string[];

  private constructor(emulator: Emulator, reports: string[]) {
    this.emulator = emulator;
    this.reports = reports;
  }

  static async start(options: LabOptions = {}): Promise<Lab> {
    const { strategy = 'nftables', nodeLoss, fastPath, ...topology } = options;
    const reports: string[] = [];
    const emulator = await startEmulator({
      name: 'test',
      topology: createTopology(topology),
      strategy,
      dataplane: 'kubewire',
      shards: 1,
      offloads: true,
      ...(fastPath ? { fastPath } : {}),
      ...(nodeLoss ? { nodeLoss } : {}),
      seed: 3,
      socketPath: null,
      clock: () => new Date(),
      report: (message) => reports.push(message),
    });
    return new Lab(emulator, reports);
  }

  /** Applies YAML and waits until it is in force. Throws what the cluster refuses. */
  async apply(text: string): Promise<void> {
    const { refused } = this.emulator.cluster.apply(loadTexts([{ file: 'test', text }]).objects.map((o) => o.object));
    if (refused[0]) throw refused[0].error;
    await this.emulator.settled();
  }

  async delete(kind: string, name: string): Promise<void> {
    this.emulator.cluster.store.delete(kind, 'default', name);
    await this.emulator.settled();
  }

  get<T extends KubeObject>(kind: string, name: string, namespace = 'default'): T {
    const object = this.emulator.cluster.store.get<T>(kind, namespace, name);
    if (!object) throw new Error(`${kind} ${name} is not there`);
    return object;
  }

  service = (name: string): Service => this.get<Service>('Service', name);

  vip(name: string, family: 'IPv4' | 'IPv6' = 'IPv4'): string {
    return this.service(name).spec.clusterIPs?.find((ip) => familyOf(ip) === family) ?? '';
  }

  nodePort = (name: string, index = 0): number => this.service(name).spec.ports?.[index]?.nodePort ?? 0;

  /** Changes a spec, as a PUT does, and waits until that is in force. */
  async change(kind: string, name: string, spec: object): Promise<void> {
    const before = this.get(kind, name, kind === 'Lab' ? '' : 'default');
    this.emulator.cluster.store.update({ ...before, spec: { ...(before.spec as object), ...spec } });
    await this.emulator.settled();
  }

  async writeStatus(kind: string, name: string, status: object): Promise<void> {
    const before = this.get(kind, name);
    this.emulator.cluster.store.updateStatus({ ...before, status: { ...(before.status as object), ...status } });
    await this.emulator.settled();
  }

  machine(name: string): Sandbox {
    const machine = this.emulator.machine(name);
    if (!machine) throw new Error(`${name} is not there`);
    return machine;
  }

  pods = (app: string): Pod[] =>
    this.emulator.cluster.store
      .list<Pod>('Pod', 'default')
      .filter(({ metadata }) => metadata.labels?.app === app && !metadata.deletionTimestamp)
      .toSorted((a, b) => (a.spec.nodeName ?? '').localeCompare(b.spec.nodeName ?? ''));

  /** Inside a pod of this app, on this node if it is given. */
  inside(app: string, node?: string): Place & { readonly pod: Pod } {
    const pod = this.pods(app).find(({ spec }) => node === undefined || spec.nodeName === node);
    const path = pod?.metadata.annotations?.[NETNS_ANNOTATION];
    if (!pod || !path) throw new Error(`no pod ${app} on ${node ?? 'any node'}`);
    return { ...socketsOf(openNamespace(path)), pod };
  }

  /** One request, and who answered it. */
  async ask(from: Place, address: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): Promise<string> {
    return outcomeOf(await this.request(from, address, port, protocol));
  }

  request = (from: Place, address: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): Promise<RequestResult> =>
    sendRequest(from, { address, port, protocol }, TIMEOUT_MS);

  /** Everybody who answers `count` requests, sorted. */
  async everyone(from: Place, address: string, port: number, count = 12): Promise<string[]> {
    const results: string[] = [];
    for (let i = 0; i < count; i++) results.push(await this.ask(from, address, port));
    return [...new Set(results)].toSorted();
  }

  /** Resolves when tables made of what the controllers know now are in force; pods may still be ending. */
  async inForce(): Promise<void> {
    await this.emulator.cluster.settled();
    await this.emulator.tables.sync();
  }

  /** `STATUS WEIGHT` of a health check port, or why it could not be asked. */
  health(from: Place, address: string, port: number): Promise<string> {
    return new Promise((resolve) => {
      const socket = new TcpSocket({ fd: from.tcp('IPv4'), manualStart: true } as { fd: number });
      let heard = '';
      socket.on('data', (chunk) => {
        heard += chunk.toString();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.on('close', () => {
        const [, status = ''] = /^HTTP\/1\.1 (\d+)/.exec(heard) ?? [];
        resolve(`${status} ${/X-Load-Balancing-Endpoint-Weight: (\d+)/.exec(heard)?.[1]}`);
      });
      socket.connect({ host: address, port }, () =>
        socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      );
    });
  }

  close = (): Promise<void> => this.emulator.close();
}

/** A client that keeps one UDP socket, so that all it sends is one connection to conntrack. */
export class Talker {
  readonly #socket: Socket;
  readonly #address: string;
  readonly #port: number;
  #heard: string | null = null;

  constructor(from: Place, address: string, port: number) {
    this.#socket = createSocket('udp4');
    this.#address = address;
    this.#port = port;
    this.#socket.on('error', () => undefined);
    this.#socket.on('message', (message) => {
      this.#heard = /pod=\S+?\/(\S+)/.exec(message.toString())?.[1] ?? null;
    });
    this.#socket.bind({ fd: from.udp('IPv4') });
  }

  /** Sends until somebody answers, and says who; `silence` when nobody does. */
  async hear(tries = 20): Promise<string> {
    this.#heard = null;
    for (let i = 0; i < tries; i++) {
      this.#socket.send('hello', this.#port, this.#address);
      await new Promise((resolve) => setTimeout(resolve, 25));
      if (this.#heard !== null) return this.#heard;
    }
    return 'silence';
  }

  close(): void {
    this.#socket.close();
  }
}
