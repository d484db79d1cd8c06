// matrix.ts - every kind of source × every frontend of a Service × every strategy → what a trace says.

import { type StrategyChoice, strategyOf } from '../compile/strategy.js';
import {
  formatAddress,
  formatEndpoint,
  fromBigInt,
  maskedCidr,
  parseCidr,
  sameFamily,
  toBigInt,
} from '../model/address.js';
import type { EndpointSlice, Service } from '../model/objects.js';
import { type Frontend, listFrontends } from '../topology/frontends.js';
import { listHostPorts } from '../topology/hostports.js';
import { serviceNamed } from '../topology/naming.js';
import { chooseAskers, type PlacedSource, type Role, type Sources } from '../topology/roles.js';
import type { LabNode } from '../topology/topology.js';
import type { CreateEngine } from './fleet.js';
import { type TraceResult, Tracer } from './trace.js';
import type { World } from './world.js';

/** What one strategy does with the packets of one row. */
export interface MatrixCell {
  readonly verdict: TraceResult['verdict'];
  readonly reason: string;
  /** `address:port`, sorted. */
  readonly backends: readonly string[];
  /** The endpoint sees the client's own address: with all backends, none, or some. */
  readonly source: 'kept' | 'masqueraded' | 'mixed' | null;
  /** Endpoints are reached, and no answer comes back: they answer past the node that chose them. */
  readonly astray: boolean;
}

export interface MatrixRow {
  readonly service: string;
  readonly frontend: Frontend['kind'];
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  readonly role: Role;
  /** `pod/ns/name`, `node/name`, `client/name` */
  readonly source: string;
  /** Strategy name → what it does. */
  readonly results: Readonly<Record<string, MatrixCell>>;
  /** True if the strategies do not all do the same. */
  readonly differs: boolean;
}

/** The last address of a range before its broadcast address: unused, unless the range is full. */
function spareAddress(range: string): string | null {
  const cidr = parseCidr(range);
  if (!cidr) return null;
  const bits = (cidr.family === 'IPv4' ? 32 : 128) - cidr.length;
  const last = toBigInt(maskedCidr(cidr).address) + (1n << BigInt(bits)) - 2n;
  return bits < 2 ? null : formatAddress(fromBigInt(cidr.family, last));
}

/** Adds a pod on each node that is not an endpoint of anything, for when no such pod exists. */
function imaginaryPod(node: LabNode): PlacedSource[] {
  const addresses = node.podCIDRs.flatMap((range) => spareAddress(range) ?? []);
  if (addresses.length === 0) return [];
  return [{ kind: 'pod', name: `pod/any-on-${node.name}`, node: node.name, addresses, netns: '' }];
}

function sourcesOf(world: World, known: ReadonlySet<string>): Sources {
  const { nodes, clients } = world.topology;
  const placed = world.pods.filter(({ node }) => known.has(node));
  const pods = placed.map(
    ({ name, node, addresses }): PlacedSource => ({ kind: 'pod', name: `pod/${name}`, node, addresses, netns: '' }),
  );
  return {
    pods: [...pods, ...nodes.flatMap(imaginaryPod)],
    nodes: nodes.map(({ name, addresses }) => ({
      kind: 'node',
      name: `node/${name}`,
      node: name,
      addresses,
      netns: '',
    })),
    clients: clients.map(({ name, addresses }) => ({
      kind: 'client',
      name: `client/${name}`,
      node: null,
      addresses,
      netns: '',
    })),
  };
}

/** A namespace that no manifest can have, for endpoints whose pods are unknown. */
const UNKNOWN_NAMESPACE = '-';

/** Gives a pod to endpoints that have none, so that "endpoint itself" can ask too. */
function withPods(
  slices: readonly EndpointSlice[],
  nodes: ReadonlySet<string>,
): { slices: EndpointSlice[]; pods: PlacedSource[] } {
  const pods: PlacedSource[] = [];
  const named = slices.map((slice) => ({
    ...slice,
    endpoints: (slice.endpoints ?? []).map((endpoint) => {
      const [address] = endpoint.addresses;
      if (endpoint.targetRef || address === undefined || !nodes.has(endpoint.nodeName ?? '')) return endpoint;
      const name = `pod/${UNKNOWN_NAMESPACE}/${address}`;
      pods.push({ kind: 'pod', name, node: endpoint.nodeName ?? null, addresses: [address], netns: '' });
      return { ...endpoint, targetRef: { kind: 'Pod', namespace: UNKNOWN_NAMESPACE, name: address } };
    }),
  }));
  return { slices: named, pods };
}

const ownerOf = ({ metadata }: Service): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

function slicesOf(world: World, owner: string): EndpointSlice[] {
  return world.snapshot.endpointSlices.filter(
    ({ metadata }) =>
      `${metadata.namespace ?? 'default'}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}` === owner,
  );
}

/** The Services with these names; all Services if there are no names. Throws Fault NOT_FOUND. */
export function selectServices(world: World, names: readonly string[], namespace: string): Service[] {
  if (names.length === 0) return [...world.snapshot.services];
  return names.map((name) => serviceNamed(name, world.snapshot.services, namespace));
}

/**
 * Without masquerading, an endpoint elsewhere answers past the node that chose it, and nobody takes the answer; unless the
 * sender is of that node, so that the answer comes by it (topology/expectation.ts says the same of what check expects).
 */
function answersAstray({ node, backends }: TraceResult, home: string | null, nodeOf: NodeOf): boolean {
  if (backends.length === 0 || home === node) return false;
  return backends.every(({ address, masquerade }) => !masquerade && (nodeOf.get(address) ?? node) !== node);
}

/** Address of an endpoint → name of its node. */
type NodeOf = ReadonlyMap<string, string>;

const nodesOfEndpoints = (slices: readonly EndpointSlice[]): NodeOf =>
  new Map(
    slices.flatMap(({ endpoints }) =>
      (endpoints ?? []).flatMap(({ addresses, nodeName }) =>
        nodeName == null ? [] : addresses.map((address) => [address, nodeName] as const),
      ),
    ),
  );

function cellOf(result: TraceResult, { home, nodeOf }: Pick<Question, 'home' | 'nodeOf'>): MatrixCell {
  const { verdict, reason, backends } = result;
  const masqueraded = backends.filter((backend) => backend.masquerade).length;
  const source = masqueraded === 0 ? 'kept' : masqueraded === backends.length ? 'masqueraded' : 'mixed';
  return {
    verdict,
    reason,
    backends: backends.map(({ address, port }) => formatEndpoint(address, port)).sort(),
    source: verdict === 'dnat' ? source : null,
    astray: verdict === 'dnat' && answersAstray(result, home, nodeOf),
  };
}

/** A row without its answers, and the packet to trace for it. */
interface Question {
  readonly row: Omit<MatrixRow, 'results' | 'differs'>;
  readonly from: string;
  readonly to: string;
  /** Node of the source; null outside. */
  readonly home: string | null;
  readonly nodeOf: NodeOf;
}

type Asker = Pick<Question, 'from' | 'nodeOf'> & { readonly role: Role; readonly source: PlacedSource };

function questionOf(service: string, frontend: Frontend, { role, source, from, nodeOf }: Asker): Question {
  const { kind, address, port, protocol } = frontend;
  const row = { service, frontend: kind, address, port, protocol, role, source: source.name };
  return { row, from, to: formatEndpoint(address, port), home: source.node, nodeOf };
}

const sameCell = (a: MatrixCell, b: MatrixCell): boolean =>
  a.verdict === b.verdict && a.source === b.source && a.astray === b.astray && a.backends.join() === b.backends.join();

export class MatrixBuilder {
  readonly #world: World;
  readonly #tracers: readonly (readonly [string, Tracer])[];
  readonly #sources: Sources;
  readonly #nodes: ReadonlySet<string>;

  constructor(world: World, strategies: readonly StrategyChoice[], createEngine: CreateEngine) {
    this.#world = world;
    this.#tracers = strategies.map((strategy) => [
      strategyOf(strategy).name,
      new Tracer(world, strategy, createEngine),
    ]);
    this.#nodes = new Set(world.topology.nodes.map(({ name }) => name));
    this.#sources = sourcesOf(world, this.#nodes);
  }

  /** Rows of these Services: by Service, frontend and source. None for headless and ExternalName Services. */
  rows(services: readonly Service[]): MatrixRow[] {
    const { nodes } = this.#world.topology;
    return this.#answered(
      services.flatMap((service) => {
        const owner = ownerOf(service);
        return this.#questions(owner, listFrontends([service], nodes), slicesOf(this.#world, owner));
      }),
    );
  }

  /** Rows of the pods with a hostPort. */
  hostPortRows(): MatrixRow[] {
    const { topology, snapshot } = this.#world;
    const all = listHostPorts(snapshot.pods ?? [], topology.nodes);
    return this.#answered(all.flatMap(({ owner, frontends, slices }) => this.#questions(owner, frontends, slices)));
  }

  #answered(questions: readonly Question[]): MatrixRow[] {
    const flows = questions.map(({ from, to, row }) => ({ from, to, proto: row.protocol }));
    const answers = this.#tracers.map(([strategy, tracer]) => [strategy, tracer.traceAll(flows)] as const);
    return questions.map((question, i) => {
      const { row } = question;
      const cells = answers.flatMap(([strategy, all]) =>
        all[i] ? [[strategy, cellOf(all[i], question)] as const] : [],
      );
      const [first] = cells;
      const differs = first !== undefined && cells.some(([, cell]) => !sameCell(first[1], cell));
      return { ...row, results: Object.fromEntries(cells), differs };
    });
  }

  #questions(owner: string, frontends: readonly Frontend[], own: readonly EndpointSlice[]): Question[] {
    const { slices, pods } = withPods(own, this.#nodes);
    const askers = chooseAskers(slices, { ...this.#sources, pods: [...this.#sources.pods, ...pods] });
    const nodeOf = nodesOfEndpoints(slices);
    // A recorded Service may have a port without a number. No packet can go there.
    return frontends
      .filter(({ port }) => port > 0)
      .flatMap((frontend) =>
        askers.flatMap(({ role, source }) => {
          const address = source.addresses.find((other) => sameFamily(other, frontend.address));
          return address === undefined ? [] : [questionOf(owner, frontend, { role, source, from: address, nodeOf })];
        }),
      );
  }
}
