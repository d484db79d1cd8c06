// tables.ts - the tables of a lab: kept up with its objects, and what follows from them.
import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../cluster/cluster.js';
import type { Store } from '../cluster/store.js';
import { HealthServers } from '../lab/health.js';
import type { Cleanup } from '../lab/host/cleanup.js';
import { type LabSpec, updateLab } from '../lab/registration.js';
import { delayOf } from '../lab/tables/lag.js';
import { strategyOn } from '../lab/tables/strategies.js';
import { Tables, type TablesOptions } from '../lab/tables/tables.js';
import { Fault } from '../model/fault.js';
import { hasHostPort } from '../plan/hostports.js';
import { weightIn } from '../plan/weights.js';
import { proxyConfig } from '../topology/attachment.js';
import { healthChecks } from '../topology/balancer.js';
import type { EmulatorOptions } from './options.js';
import type { Machines } from './plane.js';

/** Kinds that tables are made from. Pods come in through the kubelet's wires. */
const TABLE_KINDS = ['Service', 'EndpointSlice', 'Node'] as const;

/** Maintains the tables of all nodes. The lab's status shows which are in force, and what prevents others. */
export function startTables(
  options: EmulatorOptions,
  cluster: Cluster,
  load: TablesOptions['load'],
  { wires, isOn }: Pick<TablesOptions, 'wires' | 'isOn'>,
): Tables {
  const { topology, seed, report, name } = options;
  const { store, recorder } = cluster;
  const events = recorder.of('kubewire');
  const tables = new Tables({
    topology,
    strategyOf: (node) =>
      strategyOn((store.get('Lab', '', name)?.spec ?? options) as LabSpec, store.get('Node', '', node)),
    configOf: (mode) => proxyConfig(topology, mode),
    delayOf: (node) => delayOf(store.get('Node', '', node)),
    seed,
    snapshot: () => cluster.snapshot(),
    wires,
    isOn,
    settled: () => cluster.settled(),
    load,
    report,
  });
  let reported = '';
  const told = new Map<number, string>();
  tables.onSync(() => {
    for (const { id, name } of topology.nodes) {
      const problem = tables.problems.get(id);
      const node = store.get('Node', '', name);
      if (problem === undefined) told.delete(id);
      else if (node && told.get(id) !== problem) {
        told.set(id, problem);
        events.warn(node, 'TablesRefused', problem);
      }
    }
    const problems = [...tables.problems.values()];
    const inForce = topology.nodes.map((node) => [node.name, tables.inForceOn(node.id)?.strategy ?? '']);
    const news = JSON.stringify([problems, inForce]);
    if (news !== reported) updateLab(store, name, { problems, strategies: Object.fromEntries(inForce) });
    reported = news;
  });
  return tables;
}

/** Makes the tables anew when something that they are made from changes. */
export function followObjects(store: Store, tables: Tables, cleanup: Cleanup): void {
  const sync = (): void => void tables.sync();
  for (const kind of TABLE_KINDS) cleanup.add(store.watch(sync, kind));
  cleanup.add(
    store.watch(({ object, old }) => {
      if (!isDeepStrictEqual(object.spec, old?.spec)) sync();
    }, 'Lab'),
  );
  cleanup.add(
    store.watch(({ object, old }) => {
      if (hasHostPort(object) || weightIn(object.metadata) !== weightIn(old?.metadata ?? object.metadata)) sync();
    }, 'Pod'),
  );
}

/** Serves healthCheckNodePort in the namespace of every node. */
export function startHealthServers(
  options: EmulatorOptions,
  machines: Machines,
  tables: Tables,
  cleanup: Cleanup,
): void {
  const { topology, report } = options;
  const servers = new HealthServers((node, address, port) => {
    const machine = machines.get(`node/${node}`);
    if (!machine) throw new Fault('INTERNAL', `${node} has no namespace`);
    return machine.listenTcp(address, port);
  });
  cleanup.add(() => servers.close());
  const names = topology.nodes.map((node) => node.name);
  tables.onSync((balanced) => {
    for (const failure of servers.update(healthChecks(balanced), names)) report(failure);
  });
}
