// pods.ts - a virtual kubelet for each node that an agent runs: starts and stops the node with its pods.

import { nameservers } from '../cluster/clusterdns.js';
import type { NamedCluster } from '../cluster/directory.js';
import { directoryOf } from '../cluster/directory.js';
import { Recorder } from '../cluster/events/recorder.js';
import { CLUSTER_ZONES, Resolver } from '../dns/resolver.js';
import { Census } from '../lab/host/census.js';
import type { Cleanup } from '../lab/host/cleanup.js';
import { labMark } from '../lab/host/mark.js';
import { NameServers } from '../lab/names/nameservers.js';
import { Application } from '../lab/pods/application.js';
import { machineEnvironment } from '../lab/pods/environment.js';
import { Kubelet } from '../lab/pods/kubelet.js';
import { Runner } from '../lab/pods/runner.js';
import { Surroundings } from '../lab/pods/surroundings.js';
import type { KubeletOptions } from '../lab/pods/wiring.js';
import { interruptPods, registerNode } from '../lab/registration.js';
import type { Tables } from '../lab/tables/tables.js';
import { nodeReady } from '../model/conditions.js';
import type { Node, Service } from '../model/objects.js';
import { after } from '../model/timer.js';
import { timestamp } from '../model/timestamp.js';
import { CLUSTER_DOMAIN, type LabNode, type Topology } from '../topology/topology.js';
import type { AgentOptions } from './options.js';
import type { AgentPlane } from './plane.js';
import type { MirroredStore } from './store.js';

interface Running {
  readonly node: LabNode;
  readonly kubelet: Kubelet;
}

interface PodParts {
  readonly options: AgentOptions;
  readonly store: MirroredStore;
  readonly plane: AgentPlane;
  readonly tables: Tables;
  readonly topology: () => Topology;
}

const ZONES = [CLUSTER_DOMAIN, ...CLUSTER_ZONES.zones];

function namesOf(store: MirroredStore, { clock, random, report }: AgentOptions, cleanup: Cleanup): NameServers {
  const named: NamedCluster = { store, snapshot: store.snapshot };
  const directory = directoryOf(named, () => servers.changed());
  const servers = new NameServers({
    resolver: new Resolver(directory, { ...CLUSTER_ZONES, zones: ZONES }),
    clock,
    random,
    report,
  });
  cleanup.add(() => servers.close());
  return servers;
}

/** What programs of pods find; tokens of ServiceAccounts are not among it. */
function surroundingsOf(store: MirroredStore, { clock, report }: AgentOptions, cleanup: Cleanup): Surroundings {
  const get: MirroredStore['get'] = (kind, namespace, name) => store.get(kind, namespace, name);
  const surroundings = new Surroundings({
    get,
    services: (namespace) => store.list<Service>('Service', namespace),
    nameservers: () => nameservers(get),
    clusterDomain: CLUSTER_DOMAIN,
    accounts: null,
    clock,
    report,
  });
  for (const kind of ['ConfigMap', 'Secret'])
    cleanup.add(store.watch(({ object }) => surroundings.changed(object), kind));
  cleanup.add(() => surroundings.close());
  return surroundings;
}

export class Nodes {
  readonly #parts: PodParts;
  readonly #shared: Omit<KubeletOptions, 'topology'>;
  readonly #census = new Census();
  readonly #running = new Map<string, Running>();
  /** Start and stop of a node never overlap. */
  readonly #work = new Map<string, Promise<void>>();

  constructor(parts: PodParts, cleanup: Cleanup) {
    const { options, store, plane, tables } = parts;
    const { clock, report } = options;
    this.#parts = parts;
    const application = new Application(report);
    cleanup.add(() => application.close());
    const recorder = new Recorder(store, clock, true);
    this.#shared = {
      store,
      wiring: {
        plug: async (node, wire) => {
          const sandbox = await plane.plug(node, wire);
          this.#census.add(sandbox);
          return sandbox;
        },
        unplug: (node, wire, sandbox) => {
          this.#census.remove(sandbox);
          return plane.unplug(node, wire, sandbox);
        },
        host: plane.host,
        inForce: () => tables.sync(),
      },
      application,
      nameServers: namesOf(store, options, cleanup),
      runner: new Runner(clock),
      environment: machineEnvironment(labMark({ pid: process.pid, startTime: timestamp(clock()) })),
      surroundings: surroundingsOf(store, options, cleanup),
      clock,
      timer: (ms, work) => after(ms, work, { unref: true }),
      events: ({ spec }) => recorder.of('kubelet', spec.nodeName),
      report,
    };
  }

  /** Names of nodes that run, or are being started or stopped. */
  get busy(): ReadonlySet<string> {
    return new Set([...this.#running.keys(), ...this.#work.keys()]);
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#running.keys());
  }

  wires = (node: string) => this.#running.get(node)?.kubelet.wires(node) ?? [];

  /** Runs a node, with the pods that are bound to it. Those that ran elsewhere start anew. */
  start(node: LabNode, changed: () => void): Promise<void> {
    return this.#queue(node.name, async () => {
      const { options, store, plane, topology } = this.#parts;
      const machine = await plane.add(node);
      this.#census.add(machine);
      const time = timestamp(options.clock());
      registerNode(store, node, machine.path, time);
      interruptPods(store, node.name, time);
      const kubelet = new Kubelet({ ...this.#shared, topology: { ...topology(), nodes: [node] } });
      this.#running.set(node.name, { node, kubelet });
      changed();
    });
  }

  /** Ends a node: first its cables are taken away, then its programs. Resolves when nothing of it runs any more. */
  stop(name: string, changed: () => void): Promise<void> {
    return this.#queue(name, async () => {
      const running = this.#running.get(name);
      if (!running) return;
      const { plane, tables } = this.#parts;
      const { node, kubelet } = running;
      await plane.cut(node);
      const machine = plane.host(node);
      this.#census.kill(machine);
      await kubelet.halt(name);
      await kubelet.close();
      this.#running.delete(name);
      changed();
      await tables.forget(node.id);
      this.#census.remove(machine);
      await plane.remove(node);
    });
  }

  /** Nodes that were taken for lost, though they run here, say what they are like. */
  sign(): void {
    const { options, store, plane } = this.#parts;
    for (const { node } of this.#running.values()) {
      const object = store.get<Node>('Node', '', node.name);
      if (object === undefined || nodeReady(object) === 'True') continue;
      registerNode(store, node, plane.host(node).path, timestamp(options.clock()));
    }
  }

  #queue(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.#work.get(name) ?? Promise.resolve();
    const mine = before
      .then(work)
      .catch((error) => this.#parts.options.report(`${name}: ${error instanceof Error ? error.message : error}`));
    this.#work.set(name, mine);
    void mine.then(() => {
      if (this.#work.get(name) === mine) this.#work.delete(name);
    });
    return mine;
  }
}
