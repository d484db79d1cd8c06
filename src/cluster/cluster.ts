// cluster.ts - the control plane of a cluster in one object: store, Service semantics, controllers.

import type { Journal } from '../allocate/journal.js';
import { parsePortRange } from '../allocate/nodeport.js';
import { isPoolRange } from '../allocate/pool.js';
import { createRandom, type Random } from '../allocate/random.js';
import { ClusterIPRanges } from '../allocate/ranges.js';
import { type Family, familyOf, parseCidr } from '../model/address.js';
import { Fault } from '../model/fault.js';
import type { ClusterSnapshot, KubeObject } from '../model/objects.js';
import { type Applied, type ApplyResult, applyObjects, type Refused } from './apply.js';
import { bootstrap, OWN_RANGE } from './bootstrap.js';
import { startControllers } from './controllers.js';
import { DEFINITION, definitionStrategy, serveDefinitions } from './custom/registrar.js';
import { Recorder } from './events/recorder.js';
import { CLUSTER_DEFAULTS, type ClusterOptions } from './options.js';
import { podStrategy } from './podadmission.js';
import { WorkQueue } from './queue.js';
import { RootCertificates } from './rootcertificates.js';
import { ServiceCIDRController } from './service/cidrs.js';
import { IP_ADDRESS, IPAddresses } from './service/ipaddresses.js';
import { IPAddressRepair } from './service/repair.js';
import { ServiceStrategy } from './service/strategy.js';
import { Snapshots } from './snapshots.js';
import type { Change } from './state/codec.js';
import type { Keeper } from './state/keeper.js';
import type { Kept, State } from './state/state.js';
import { internalError } from './status.js';
import { Store, type StoreEvent } from './store.js';
import { registerStrategies } from './strategies.js';

export type { Applied, ApplyResult, Refused };
export { CLUSTER_DEFAULTS, type ClusterOptions };

export interface Cluster {
  readonly options: ClusterOptions;
  readonly store: Store;
  /** Writes Events. */
  readonly recorder: Recorder;
  /** Applies all or nothing. Never throws because of faulty objects. */
  apply(objects: readonly KubeObject[], options?: { dryRun?: boolean; once?: boolean }): ApplyResult;
  /** The input for node tables. */
  snapshot(): ClusterSnapshot;
  /** Resolves when no controller has work left. */
  settled(): Promise<void>;
  /** Resolves when everything written so far has been persisted. Rejects with a StatusError when it cannot be. */
  kept(): Promise<void>;
  /** False since something could not be persisted: write nothing before `kept` resolves. */
  readonly canKeep: boolean;
  /** Lets every namespace know the certificate of the API's authority, as PEM. */
  publishCertificate(certificate: string): void;
  /** What controllers failed to do, by `controller/object`. */
  failures(): ReadonlyMap<string, string>;
  /** Resolves when everything is persisted. */
  close(): Promise<void>;
}

/** Setting up a cluster uses versions below this; nobody remembers those. */
const FIRST_VERSION = 100;
/**
 * Clients may have seen more versions than were persisted. Beyond so many, a restart begins: none of theirs is given again, and
 * whoever asks for what came after one of them is told to start over.
 */
const UNSEEN_VERSIONS = 1_000_000;
const NOTHING: Kept = { version: 0, objects: [], gone: [] };
const KEPT = Promise.resolve();

const changeOf = ({ type, key, object }: StoreEvent): Change => {
  if (type !== 'DELETED') return { put: object };
  const { namespace = '', name } = object.metadata;
  return { gone: { key, namespace, name } };
};

function refuseWrite({ message }: Error): never {
  throw internalError(`the cluster's state cannot be written: ${message}`);
}

/** Persists every commit from now on. */
function keepCommits(store: Store, state: State): Keeper {
  const keeper = state.start(() => ({ version: Number(store.resourceVersion), objects: store.all() }));
  store.watchCommits((events) =>
    keeper.add({ version: Number(events.at(-1)?.resourceVersion), changes: events.map(changeOf) }),
  );
  return keeper;
}

/** The ranges that a kept cluster has its Service addresses from; undefined for none. */
export function keptServiceRanges(state: State | null): readonly string[] | undefined {
  const range = state?.kept.objects.find(({ kind, metadata }) => kind === 'ServiceCIDR' && metadata.name === OWN_RANGE);
  return (range?.spec as { readonly cidrs?: readonly string[] } | undefined)?.cidrs;
}

/** Throws a Fault (USAGE) for invalid ranges. */
export function createCluster(given: Partial<ClusterOptions> = {}): Cluster {
  const options = { ...CLUSTER_DEFAULTS, ...given };
  const before = options.state?.kept ?? NOTHING;
  const version = before.version === 0 ? FIRST_VERSION : before.version + UNSEEN_VERSIONS;
  // Values drawn earlier must not be drawn again.
  const drawn = options.seed + (before.version === 0 ? 0 : version);
  const random = createRandom(drawn);
  const { clock, recorded } = options;
  const store = new Store({ clock, random, asides: createRandom(drawn + 1), recorded });
  const { clusterIPRanges, nodePortRange } = checkRanges(options);
  const ranges = { random, journal: store.journal, recorded };
  const allocators = openRanges(clusterIPRanges, ranges);
  // A recorded state brings its own.
  const addresses = recorded ? null : new IPAddresses(store, allocators);
  store.register(
    'Service',
    new ServiceStrategy({ ...ranges, nodePortRange, addresses: allocators, objects: addresses }),
  );
  registerStrategies(store, recorded, {
    Pod: (generic) => podStrategy(store, generic, options),
    [DEFINITION]: (generic) => definitionStrategy(store, generic, options.clock),
    ...(addresses ? { [IP_ADDRESS]: (generic) => addresses.strategy(generic) } : {}),
  });
  const forgetDefinitions = serveDefinitions(store, recorded, options.clock);
  const snapshots = new Snapshots(store);
  const queue = new WorkQueue(options.clock, options.timer);
  const recorder = new Recorder(store, options.clock, !recorded);
  const controllers = startControllers({ store, queue, recorder, clock: options.clock }, options);
  if (addresses) {
    controllers.push(new IPAddressRepair(store, queue, addresses));
    controllers.push(new ServiceCIDRController(store, queue, allocators, options.clock));
  }
  const certificates = new RootCertificates(store, queue);
  store.restore(before.objects, version);
  for (const controller of controllers) controller.resume?.(before.gone);
  const keeper = options.state ? keepCommits(store, options.state) : null;
  bootstrap(store, options);
  // Nobody has seen an earlier version.
  store.forget();
  return {
    options,
    store,
    recorder,
    apply: (objects, given = {}) => applyObjects(store, objects, { ...given, recorded }),
    snapshot: () => snapshots.take(),
    settled: () => queue.settled(),
    publishCertificate: (certificate) => certificates.publish(certificate),
    failures: () => queue.failures,
    kept: () => keeper?.kept().catch(refuseWrite) ?? KEPT,
    get canKeep() {
      return !keeper?.failure;
    },
    close: async () => {
      forgetDefinitions();
      queue.close();
      for (const controller of controllers) controller.stop?.();
      await keeper?.close();
    },
  };
}

function checkRanges(options: ClusterOptions) {
  const clusterIPRanges = options.serviceClusterIPRange;
  const families = clusterIPRanges.map((cidr) => parseCidr(cidr)?.family);
  const remedy = 'Give one CIDR, or one of each family, separated by a comma: 10.96.0.0/16,fd00:10:96::/112';
  if (families.length === 0 || families.length > 2 || families.includes(undefined) || families[0] === families[1])
    throw new Fault('USAGE', `not a range of Service addresses: ${clusterIPRanges.join(',')}`, remedy);
  const nodePortRange = parsePortRange(options.serviceNodePortRange);
  if (!nodePortRange)
    throw new Fault('USAGE', `not a range of ports: ${options.serviceNodePortRange}`, 'Write it as 30000-32767.');
  for (const pool of options.loadBalancerPools)
    if (!isPoolRange(pool))
      throw new Fault(
        'USAGE',
        `not a range of addresses: ${pool}`,
        'Write it as 192.168.0.240-192.168.0.250 or a CIDR.',
      );
  return { clusterIPRanges, nodePortRange };
}

function openRanges(cidrs: readonly string[], parts: { random: Random; journal: Journal; recorded: boolean }) {
  const allocators = new Map<Family, ClusterIPRanges>();
  for (const cidr of cidrs) {
    const { recorded: outside, ...rest } = parts;
    const family = familyOf(cidr);
    const ranges = new ClusterIPRanges({ ...rest, family, outside });
    ranges.open(cidr);
    allocators.set(family, ranges);
  }
  return allocators;
}
