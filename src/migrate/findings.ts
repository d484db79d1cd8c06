// findings.ts - what changes and no first packet shows: schedulers, affinity, open connections, fields and kinds that go.
import { checkObjects } from '../manifest/check.js';
import type { LoadedObject } from '../manifest/load.js';
import type { KubeObject, Service } from '../model/objects.js';
import type { ProxyConfig } from '../plan/plan.js';
import { SCHEDULER_ANNOTATION, schedulerName } from '../plan/scheduler.js';
import { WEIGHT_ANNOTATION } from '../plan/weights.js';
import { gatesOf, type Mode, modeFacts, type Release, releaseText } from './releases.js';

export interface Finding {
  /** `must`: do it before the change, or something ends. `should`: it will have to be done. `know`: nothing to do. */
  readonly severity: 'must' | 'should' | 'know';
  readonly topic: string;
  readonly text: string;
  /** What to do; '' when there is nothing to do. */
  readonly first: string;
  readonly objects: readonly LoadedObject[];
}

/** What is asked for. */
interface Journey {
  readonly from: Mode;
  readonly to: Mode;
  /** null: whichever release the cluster has. */
  readonly release: Release | null;
  readonly config: ProxyConfig;
  readonly objects: readonly LoadedObject[];
}

const annotation = ({ metadata }: KubeObject, key: string): string => metadata.annotations?.[key] ?? '';
const isService = ({ object }: LoadedObject): boolean => object.kind === 'Service';
const specOf = ({ object }: LoadedObject): Partial<Service['spec']> => (object as Service).spec ?? {};

// ---- what the modes do otherwise

/** How each scheduler of IPVS chooses, as far as the other modes cannot. */
const STICKY = ['sh', 'dh', 'mh', 'lblc', 'lblcr'];

function schedulers({ from, to, config, objects }: Journey): Finding[] {
  if ((from === 'ipvs') === (to === 'ipvs')) return [];
  const own = objects.filter((one) => isService(one) && annotation(one.object, SCHEDULER_ANNOTATION) !== '');
  if (to === 'ipvs') {
    const text =
      'each connection takes the next endpoint in turn (or as --ipvs-scheduler says) instead of a random one';
    return [{ severity: 'know', topic: 'schedulers', text, first: '', objects: own }];
  }
  const used = new Map<string, LoadedObject[]>();
  for (const one of own) {
    const name = schedulerName(annotation(one.object, SCHEDULER_ANNOTATION), config);
    used.set(name, [...(used.get(name) ?? []), one]);
  }
  const common = schedulerName('', config);
  if (!used.has(common)) used.set(common, []);
  return [...used].map(([name, services]): Finding => {
    const all = services.length === 0 && used.size > 1 ? ' of all other Services' : '';
    if (name === 'rr') {
      const text = `the scheduler rr${all} ends: connections go to random endpoints, with even shares, no longer in turn`;
      return { severity: 'know', topic: 'schedulers', text, first: '', objects: services };
    }
    const first = STICKY.includes(name)
      ? 'Use sessionAffinity: ClientIP where a client must stay with its endpoint.'
      : 'Endpoints that are slow or busy get as many connections as the others: size them alike, or balance by load in front.';
    const text = `the scheduler ${name}${all} ends: each connection goes to a random endpoint`;
    return { severity: 'should', topic: 'schedulers', text, first, objects: services };
  });
}

function weights({ from, to, objects }: Journey): Finding[] {
  const weighted = objects.filter(({ object }) => {
    const { template } = (object.spec ?? {}) as { template?: Partial<KubeObject> };
    return [object.metadata, template?.metadata].some((meta) => meta?.annotations?.[WEIGHT_ANNOTATION] !== undefined);
  });
  if (weighted.length === 0 || (from === 'ipvs') === (to === 'ipvs')) return [];
  if (to === 'ipvs') {
    return [{ severity: 'know', topic: 'weights', text: 'weights take effect', first: '', objects: weighted }];
  }
  const first = 'Use numbers of replicas instead of weights.';
  return [{ severity: 'should', topic: 'weights', text: 'weights have no effect', first, objects: weighted }];
}

function affinity({ from, to, objects }: Journey): Finding[] {
  const sticky = objects.filter((one) => isService(one) && specOf(one).sessionAffinity === 'ClientIP');
  if (sticky.length === 0 || from === to) return [];
  const text = 'nothing of session affinity is carried over: at the change each client is given an endpoint anew';
  const forgotten: Finding = { severity: 'know', topic: 'session affinity', text, first: '', objects: sticky };
  if (to !== 'iptables') return [forgotten];
  const limit: Finding = {
    severity: 'should',
    topic: 'session affinity',
    text: 'iptables mode remembers the last 100 clients of an endpoint (xt_recent), the other modes all of them',
    first: 'With more clients than that, load xt_recent with a larger ip_list_tot.',
    objects: sticky,
  };
  return [forgotten, limit];
}

function openConnections({ from, to }: Journey): Finding[] {
  if (from === to) return [];
  const lost = from === 'ipvs' || to === 'ipvs';
  const text = lost
    ? 'open connections through Services end on a node when its kube-proxy changes: IPVS keeps them in a table of its own'
    : 'open connections go on: both modes keep them in the connection tracking of the kernel';
  const first = lost ? 'Change node by node, and drain each node before.' : '';
  return [{ severity: lost ? 'should' : 'know', topic: 'open connections', text, first, objects: [] }];
}

function flags({ from, to, config }: Journey): Finding[] {
  if (from === to) return [];
  const found: [text: string, first: string][] = [];
  if (from === 'ipvs') {
    const text = 'flags --ipvs-* have no effect any more; cluster IPs are no longer addresses of the node (kube-ipvs0)';
    found.push([text, 'Let programs of the node listen on its own addresses, not on those of Services.']);
  }
  if (from === 'iptables' && !config.localhostNodePorts) {
    found.push(['--localhost-nodeports=false has no effect: no other mode has NodePorts on loopback', '']);
  }
  if (to === 'nftables') {
    const text =
      'mode nftables needs Linux 5.13 or later on every node, and the program nft 1.0.1 or later in the image';
    found.push([text, 'Ask each node: uname -r']);
  }
  return found.map(([text, first]) => ({
    severity: first === '' ? 'know' : 'should',
    topic: 'kube-proxy and nodes',
    text,
    first,
    objects: [],
  }));
}

// ---- what releases take away

interface Feature {
  readonly topic: string;
  /** The release that deprecates it, that which turns it off, and that which removes it; null: not announced. */
  readonly deprecated: Release;
  readonly off: Release | null;
  readonly gone: Release | null;
  readonly first: string;
  uses(one: LoadedObject): boolean;
}

const FEATURES: readonly Feature[] = [
  {
    topic: 'spec.externalIPs',
    deprecated: 36,
    off: 40,
    gone: 43,
    first: 'Use a Service of type LoadBalancer with addresses from a pool of your own (MetalLB, Cilium), or a Gateway.',
    uses: (one) => isService(one) && (specOf(one).externalIPs ?? []).length > 0,
  },
  {
    topic: 'Endpoints objects (v1)',
    deprecated: 33,
    off: null,
    gone: null,
    first: 'Write EndpointSlices with the label kubernetes.io/service-name instead.',
    uses: ({ object }) => object.kind === 'Endpoints',
  },
  {
    topic: 'spec.loadBalancerIP',
    deprecated: 24,
    off: null,
    gone: null,
    first: 'Use the annotation that your load balancer has for it.',
    uses: (one) => isService(one) && Boolean(specOf(one).loadBalancerIP),
  },
  {
    topic: 'annotation service.kubernetes.io/topology-aware-hints',
    deprecated: 27,
    off: null,
    gone: null,
    first: 'Use spec.trafficDistribution: PreferSameZone.',
    uses: ({ object }) => annotation(object, 'service.kubernetes.io/topology-aware-hints') !== '',
  },
  {
    topic: 'trafficDistribution: PreferClose',
    deprecated: 36,
    off: null,
    gone: null,
    first: 'Write PreferSameZone, which means the same (1.34 or later).',
    uses: (one) => isService(one) && specOf(one).trafficDistribution === 'PreferClose',
  },
];

function fateOf({ deprecated, off, gone }: Feature): string {
  const going = [
    `deprecated since ${releaseText(deprecated)}`,
    ...(off === null ? [] : [`off by default in ${releaseText(off)}`]),
    ...(gone === null ? [] : [`removed in ${releaseText(gone)}`]),
  ];
  return going.join(', ');
}

function features({ release, objects }: Journey): Finding[] {
  return FEATURES.flatMap((feature): Finding[] => {
    const { topic, deprecated, off, gone, first } = feature;
    const using = objects.filter((one) => feature.uses(one));
    if (using.length === 0 || (release !== null && release < deprecated)) return [];
    const ends = release !== null && [off, gone].some((at) => at !== null && release >= at);
    return [{ severity: ends ? 'must' : 'should', topic, text: fateOf(feature), first, objects: using }];
  });
}

function modes({ to, release }: Journey): Finding[] {
  if (release === null) return [];
  return modeFacts(to, release).map(({ severity, text, first }) => ({
    severity,
    topic: `Kubernetes ${releaseText(release)}`,
    text,
    first,
    objects: [],
  }));
}

/** Objects that the API server of the release refuses, though another release takes them. */
function refused({ release, objects }: Journey): Finding[] {
  if (release === null) return [];
  const issues = checkObjects(objects, [], gatesOf(release));
  return objects.flatMap((loaded): Finding[] => {
    const { kind, metadata } = loaded.object;
    const own = issues.filter(
      (issue) => issue.kind === kind && issue.name === metadata.name && issue.namespace === metadata.namespace,
    );
    const topic = `Kubernetes ${releaseText(release)}`;
    return own.map(({ message }) => ({
      severity: 'must',
      topic,
      text: `its API server refuses to write this again: ${message}`,
      first: `${kind} ${metadata.name}: ${message}`,
      objects: [loaded],
    }));
  });
}

const LOOKS = [modes, refused, openConnections, schedulers, weights, affinity, flags, features];
const RANKS: readonly Finding['severity'][] = ['must', 'should', 'know'];

/** What the objects and flags say of the change, the most pressing first. */
export const findingsOf = (journey: Journey): Finding[] =>
  LOOKS.flatMap((look) => look(journey)).sort((a, b) => RANKS.indexOf(a.severity) - RANKS.indexOf(b.severity));
