// kubelet.ts - turns bound pods into sandboxes with the default application, reports their status, and shuts them down.
//
// One kubelet serves all nodes. A pod becomes ready only once tables that lead to it are in force, and its sandbox is
// removed only once tables without it are. So no request meets a pod that does not exist yet, or no longer exists.
import { isPodOver } from '../../model/conditions.js';
import type { Container, Pod, Service } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import { commandOf, NETNS_ANNOTATION, SERVE_ANNOTATION, SERVE_DNS } from '../../topology/annotations.js';
import type { PodWire } from '../../topology/attachment.js';
import { initStatus } from '../../topology/initstatus.js';
import { mannersOf } from '../../topology/manners.js';
import {
  finishedStatus,
  hasMovedGate,
  isOfJob,
  type PodPlace,
  runningStatus,
  waitingStatus,
} from '../../topology/podstatus.js';
import type { Sandbox } from '../host/sandbox.js';
import { Turns } from '../turns.js';
import { runCommand } from './command.js';
import type { Containers } from './containers.js';
import { type Entry, entryOf, identityOf, podKey, withPlace, withStatus } from './entry.js';
import { initialise } from './initialise.js';
import { startContainers } from './life.js';
import { Ports } from './ports.js';
import { graceMs, preStop } from './prestop.js';
import type { ProbePlace } from './probing.js';
import type { RunPlace } from './runner.js';
import { type RunningPod, runningPod, runPlace } from './runtime.js';
import type { Surrounding } from './surroundings.js';
import { NodeWires } from './wires.js';
import type { KubeletOptions } from './wiring.js';

/** How long a terminating pod may finish its open connections, in milliseconds. */
const DRAIN_MS = 1000;

export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #nodes: ReadonlyMap<string, NodeWires>;
  readonly #entries = new Map<string, Entry>();
  readonly #stopWatch: () => void;
  #nextId = 1;
  readonly #ports: Ports;
  readonly #turns = new Turns();
  /** Nodes that are switched off. */
  readonly #halted = new Set<string>();
  #closed = false;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#nodes = new Map(options.topology.nodes.map((node) => [node.name, new NodeWires(node)]));
    this.#ports = new Ports(options, this.#turns, {
      current: (entry) => (this.#closed || entry.stopping ? undefined : this.#current(entry)),
      moved: (entry) => this.#annotate(entry),
    });
    const watches = [
      options.store.watch(({ type, object }) => this.#see(object as Pod, type === 'DELETED'), 'Pod'),
      options.store.watch(({ type, object, old }) => {
        this.#ports.see(type === 'DELETED' ? null : (object as Service), old as Service);
      }, 'Service'),
    ];
    this.#stopWatch = () => {
      for (const stop of watches) stop();
    };
    for (const pod of options.store.list<Pod>('Pod')) this.#see(pod, false);
  }

  /** The pods that this node's tables should lead to. */
  wires(node: string): readonly PodWire[] {
    return this.#nodes.get(node)?.wires ?? [];
  }

  /** The pod with this uid; undefined while it has no sandbox. */
  pod(uid: string): RunningPod | undefined {
    const entry = this.#entries.get(uid);
    if (!entry?.sandbox || !entry.ready) return undefined;
    const { clock } = this.#options;
    return runningPod({ ...this.#programs(entry, entry.sandbox), clock, finish: (code) => this.#finish(entry, code) });
  }

  /** Ends a pod whose program will not be restarted; returns false for one whose program will be. */
  #finish(entry: Entry, code: number): boolean {
    const pod = this.#current(entry);
    const policy = pod?.spec.restartPolicy ?? 'Always';
    if (!pod || entry.stopping || policy === 'Always' || (policy === 'OnFailure' && code !== 0)) return false;
    entry.containers?.stop();
    const status = finishedStatus(pod, this.#place(entry), timestamp(this.#options.clock()), code);
    this.#options.store.updateStatus(withStatus(pod, status));
    return true;
  }

  /** Resolves when no pod is being started or stopped. */
  async settled(): Promise<void> {
    for (;;) {
      const work = [...this.#entries.values()].map((entry) => entry.work);
      await Promise.all(work);
      const now = [...this.#entries.values()].map((entry) => entry.work);
      if (now.every((promise) => work.includes(promise))) return;
    }
  }

  /** The node is switched off: its pods end without a word, and their objects stay as they were. */
  async halt(node: string): Promise<void> {
    this.#halted.add(node);
    const lost = [...this.#entries.values()].filter(({ wires }) => wires.node.name === node);
    for (const entry of lost) {
      entry.stopping = true;
      entry.containers?.stop();
      entry.program?.stop();
      entry.pause.end();
      entry.work = entry.work.then(() => this.#vanish(entry)).catch((error) => this.#options.report(String(error)));
    }
    await Promise.all(lost.map(({ work }) => work));
  }

  /** The node is back: it starts the pods that are still meant to be there, and lets the others go. */
  resume(node: string): void {
    this.#halted.delete(node);
    for (const pod of this.#options.store.list<Pod>('Pod')) if (pod.spec.nodeName === node) this.#see(pod, false);
  }

  /** Stops watching and ends the pods' programs. Namespaces end with their file descriptors. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWatch();
    for (const entry of this.#entries.values()) {
      entry.containers?.stop();
      entry.program?.stop();
      entry.pause.end();
      entry.log.close();
    }
    await this.settled();
    for (const entry of this.#entries.values()) entry.sandbox?.close();
    this.#entries.clear();
  }

  #see(pod: Pod, deleted: boolean): void {
    const key = podKey(pod);
    const entry = this.#entries.get(key.uid);
    if (entry) {
      if (!deleted) this.#options.surroundings.updated(pod);
      if (!deleted) entry.open?.behave?.(mannersOf(pod.metadata));
      if (deleted || pod.metadata.deletionTimestamp) this.#queueStop(entry);
      // Deleted for good, by force.
      if (deleted) entry.pause.end();
      else if (entry.containers && hasMovedGate(pod)) this.#writeStatus(entry);
      return;
    }
    const wires = this.#nodes.get(pod.spec.nodeName ?? '');
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    if (deleted || !wires || this.#closed || this.#halted.has(wires.node.name)) return;
    if (isPodOver(pod) && !terminating) return;
    const fresh = entryOf(pod, wires);
    this.#entries.set(key.uid, fresh);
    if (terminating) this.#queueStop(fresh);
    else fresh.work = this.#start(fresh, pod).catch((error) => this.#fail(fresh, 'CreatePodSandboxError', error));
  }

  #queueStop(entry: Entry): void {
    if (entry.stopping) return;
    entry.stopping = true;
    if (!entry.ready) entry.pause.end();
    entry.work = entry.work.then(() => this.#stop(entry)).catch((error) => this.#options.report(String(error)));
  }

  #place(entry: Entry): PodPlace {
    const { addresses } = entry.wires.node;
    return { addresses: entry.wire?.addresses ?? addresses, hostAddresses: addresses };
  }

  /** What programs of the pod are started with. */
  #programs(entry: Entry, sandbox: Sandbox) {
    const { environment, surroundings } = this.#options;
    const surrounding = (container: string | undefined): Promise<Surrounding> => {
      const pod = this.#current(entry);
      if (!pod) return Promise.reject(new Error('the pod is gone'));
      const { addresses } = this.#place(entry);
      return surroundings.of(pod, { node: entry.wires.node.name, addresses }, container);
    };
    return { sandbox, log: entry.log, environment, surrounding };
  }

  async #start(entry: Entry, pod: Pod): Promise<void> {
    const { wiring } = this.#options;
    const { node } = entry.wires;
    if (pod.spec.hostNetwork) {
      entry.sandbox = wiring.host(node);
    } else {
      entry.wire = entry.wires.take(`${entry.key.namespace}/${entry.key.name}`, this.#nextId++);
      if (!entry.wire) throw new Error(`${node.name} has no pod address left`);
      await this.#turns.next();
      entry.sandbox = await wiring.plug(node, entry.wire);
    }
    await wiring.inForce();
    await this.#turns.next();
    if (entry.stopping || !(await this.#initialise(entry, pod))) return;
    const run = commandOf(pod);
    const place = run === undefined ? null : await runPlace(this.#programs(entry, entry.sandbox));
    if (!entry.stopping) this.#serve(entry, pod, place);
  }

  /** Waits until init containers are done; false for a pod that is to go before. */
  async #initialise(entry: Entry, pod: Pod): Promise<boolean> {
    if (!pod.spec.initContainers?.length) return true;
    const { store, clock } = this.#options;
    const runs = await initialise(pod, clock, {
      pause: (ms) => entry.pause.wait(ms),
      changed: (runs) => {
        const now = entry.stopping ? undefined : this.#current(entry);
        if (now) store.updateStatus(withStatus(now, initStatus(now, this.#place(entry), timestamp(clock()), runs)));
      },
    });
    entry.initialised = runs ?? new Map();
    return runs !== null && !entry.stopping;
  }

  /** Opens the ports (or starts the pod's own command at its place) and reports the pod as running. */
  #serve(entry: Entry, pod: Pod, place: RunPlace | null): void {
    const { application, nameServers, runner } = this.#options;
    const { sandbox, key } = entry;
    if (!sandbox) return;
    const command = commandOf(pod);
    const containers = this.#containersOf(entry, pod);
    entry.containers = containers;
    const [first] = pod.spec.containers;
    if (command !== undefined && place && first) {
      entry.program = runner.run(place, command, {
        started: () => {
          entry.problem = '';
          containers.start(first);
          this.#writeStatus(entry);
        },
        waits: (code, ms, problem) => {
          entry.problem = problem;
          containers.ended(first, code, ms);
        },
        ended: (code) => this.#finish(entry, code),
      });
    } else {
      const { addresses } = this.#place(entry);
      entry.open =
        pod.metadata.annotations?.[SERVE_ANNOTATION] === SERVE_DNS
          ? nameServers.open(addresses, sandbox, entry.log)
          : application.open(identityOf(entry), addresses, sandbox, {
              log: entry.log,
              manners: mannersOf(pod.metadata),
            });
      entry.problem = this.#ports.listen(entry, pod).join('; ');
    }
    entry.ready = true;
    this.#annotate(entry);
    containers.begin();
    this.#writeStatus(entry);
    if (entry.problem !== '') this.#options.report(`pod ${key.namespace}/${key.name}: ${entry.problem}`);
    if (command === undefined && isOfJob(pod) && this.#finish(entry, 0)) void entry.open?.drain(0);
  }

  #containersOf(entry: Entry, pod: Pod): Containers {
    return startContainers(this.#options, entry, pod, {
      changed: () => this.#writeStatus(entry),
      finish: (code) => this.#finish(entry, code),
      relisten: () => {
        const now = this.#current(entry);
        if (now && entry.open) this.#ports.listen(entry, now);
      },
      place: (container) => this.#probePlace(entry, container),
    });
  }

  /** Probes and hooks come from the node. */
  #probePlace(entry: Entry, { name }: Container): ProbePlace {
    const [address = ''] = this.#place(entry).addresses;
    return {
      sockets: this.#options.wiring.host(entry.wires.node),
      address,
      run: async (argv) => {
        const place = await runPlace(this.#programs(entry, entry.sandbox as Sandbox), name);
        return runCommand(place, argv, { terminal: false, stdin: false });
      },
    };
  }

  #current(entry: Entry): Pod | undefined {
    const pod = this.#options.store.get<Pod>('Pod', entry.key.namespace, entry.key.name);
    return pod?.metadata.uid === entry.key.uid ? pod : undefined;
  }

  /** Records the path of the pod's namespace, and which ports were guessed. */
  #annotate(entry: Entry): void {
    const pod = this.#current(entry);
    if (!pod || !entry.sandbox) return;
    const annotated = withPlace(pod, entry.sandbox.path, entry.guessed);
    if (annotated) this.#options.store.update(annotated);
  }

  #writeStatus(entry: Entry): void {
    const pod = this.#current(entry);
    if (!pod || entry.stopping || isPodOver(pod)) return;
    const time = timestamp(this.#options.clock());
    const runs = new Map([...entry.initialised, ...(entry.containers?.runs ?? [])]);
    const status = runningStatus(pod, this.#place(entry), time, entry.problem, runs);
    this.#options.store.updateStatus(withStatus(pod, status));
  }

  #fail(entry: Entry, reason: string, error: unknown): void {
    const { store, clock, report } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    report(`pod ${entry.key.namespace}/${entry.key.name}: ${message}`);
    const pod = this.#current(entry);
    if (pod) {
      const status = waitingStatus(pod, this.#place(entry), timestamp(clock()), reason, message);
      store.updateStatus(withStatus(pod, status));
    }
  }

  async #stop(entry: Entry): Promise<void> {
    const { wiring, store } = this.#options;
    if (this.#closed) return;
    // The endpoint is now terminating. Tables that avoid it must be in force before it stops listening.
    await wiring.inForce();
    await this.#preStop(entry);
    entry.containers?.stop();
    if (this.#closed) return;
    await Promise.all([entry.program?.stop(this.#leftMs(entry)), entry.open?.drain(DRAIN_MS)]);
    if (entry.wire) {
      entry.wires.unplug(entry.wire);
      await wiring.inForce();
    }
    await this.#remove(entry);
    const { namespace, name } = entry.key;
    if (this.#current(entry) && !this.#halted.has(entry.wires.node.name))
      store.delete('Pod', namespace, name, { gracePeriodSeconds: 0 });
  }

  /** What is left of its grace period, in milliseconds. */
  #leftMs(entry: Entry): number {
    const pod = this.#current(entry);
    if (!pod) return 0;
    const since = Date.parse(pod.metadata.deletionTimestamp ?? '') - this.#options.clock().getTime();
    return Math.max(0, Number.isNaN(since) ? graceMs(pod) : since);
  }

  /** Takes the sandbox away and gives back what it had. No tables lead to it any more. */
  async #remove(entry: Entry): Promise<void> {
    const { wiring, surroundings } = this.#options;
    if (this.#entries.get(entry.key.uid) !== entry) return;
    entry.log.close();
    if (entry.wire && entry.sandbox) await wiring.unplug(entry.wires.node, entry.wire, entry.sandbox);
    if (entry.wire) entry.wires.release(entry.wire);
    this.#entries.delete(entry.key.uid);
    surroundings.forget(entry.key.uid);
    this.#ports.forget(entry);
  }

  /** Its node has lost it. What others still send there finds nobody. */
  async #vanish(entry: Entry): Promise<void> {
    if (this.#closed) return;
    if (entry.wire) entry.wires.unplug(entry.wire);
    await Promise.all([entry.open?.drain(0), this.#remove(entry)]);
    const pod = this.#current(entry);
    if (!pod) return;
    const { [NETNS_ANNOTATION]: _, ...annotations } = pod.metadata.annotations ?? {};
    const { resourceVersion: __, ...metadata } = pod.metadata;
    this.#options.store.update({ ...pod, metadata: { ...metadata, annotations } });
  }

  /** The pod keeps serving while its preStop hooks run. */
  async #preStop(entry: Entry): Promise<void> {
    const pod = this.#current(entry);
    if (!pod || !entry.ready || this.#closed) return;
    await preStop(pod, {
      place: (container) => this.#probePlace(entry, container),
      failed: (container, problem) =>
        this.#options.events(pod).warn(pod, 'FailedPreStopHook', problem, `spec.containers{${container.name}}`),
      pause: (ms) => entry.pause.wait(ms),
    });
    entry.pause.end();
  }
}
