// rows.ts - the links of a cluster → rows for the dataplane: which addresses its ends have at the moment.
import { LAYOUT, type LinkEndRow, type LinkRow } from '../../abi/abi.gen.js';
import { writeRow } from '../../image/encode.js';
import { maskedCidr, mustAddress, mustCidr } from '../../model/address.js';
import type { KubeObject, Pod, Service } from '../../model/objects.js';
import type { Topology } from '../../topology/topology.js';
import { swap16 } from '../../wire/bytes.js';
import { effectsOf, specOf } from './spec.js';

/** The objects in which ends are looked up. */
export interface Ends {
  readonly topology: Topology;
  list<T extends KubeObject>(kind: string): readonly T[];
}

export interface LinkBytes {
  readonly rows: Uint8Array;
  readonly ends: Uint8Array;
  /** Of distributions: 16-bit numbers. */
  readonly samples: Uint8Array;
}

const V4_BITS = 96;
const PROTOCOLS: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

function machineEnd(text: string): LinkEndRow {
  const isRange = text.includes('/');
  const cidr = isRange ? maskedCidr(mustCidr(text)) : null;
  const address = cidr?.address ?? mustAddress(text);
  const bits = address.family === 'IPv4' ? V4_BITS : 0;
  const prefixLength = bits + (cidr?.length ?? 128 - bits);
  return { prefix: address.bytes, prefixLength, port_be: 0, protocol: 0, service: 0 };
}

/** Where clients reach a Service: at its own addresses, and by NodePorts at the nodes. */
function serviceEnds({ topology }: Ends, service: Service, port: string | undefined): LinkEndRow[] {
  const { clusterIPs = [], externalIPs = [], ports = [] } = service.spec;
  const balancer = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  const own = [...clusterIPs, ...externalIPs, ...balancer].filter((ip) => ip !== 'None');
  const nodes = topology.nodes.flatMap(({ addresses }) => addresses);
  const wanted = ports.filter((one) => port === undefined || one.name === port || String(one.port) === port);
  const end = (address: string, number: number, protocol = 'TCP'): LinkEndRow => ({
    ...machineEnd(address),
    ...{ port_be: swap16(number), protocol: PROTOCOLS[protocol] ?? 0, service: 1 },
  });
  return wanted.flatMap((one) => [
    ...own.map((address) => end(address, one.port, one.protocol)),
    ...(one.nodePort ? nodes.map((address) => end(address, one.nodePort ?? 0, one.protocol)) : []),
  ]);
}

/** Null for anybody; no rows if nobody is called so. */
function endsNamed(world: Ends, text: string): LinkEndRow[] | null {
  const [kind, ...rest] = text.split('/');
  const [first = '', second = ''] = rest;
  if (kind === 'any') return null;
  if (kind === 'node') {
    const node = world.topology.nodes.find(({ name }) => name === first);
    return [...(node?.addresses ?? []), ...(node?.podCIDRs ?? [])].map(machineEnd);
  }
  if (kind === 'client') {
    return (world.topology.clients.find(({ name }) => name === first)?.addresses ?? []).map(machineEnd);
  }
  if (kind === 'svc') {
    const [name, port] = second.split(':');
    const isIt = ({ metadata }: Service): boolean => metadata.namespace === first && metadata.name === name;
    return world
      .list<Service>('Service')
      .filter(isIt)
      .flatMap((service) => serviceEnds(world, service, port));
  }
  const isIt = ({ metadata: { namespace, name } }: Pod): boolean =>
    namespace === first && (name === second || name.startsWith(`${second}-`));
  return world
    .list<Pod>('Pod')
    .filter((pod) => isIt(pod) && !pod.spec.hostNetwork)
    .flatMap(({ status }) => (status?.podIPs ?? []).map(({ ip }) => machineEnd(ip)));
}

/** Nobody has this address: it is for an end that is not there (RFC 6666, discard prefix). */
const NOBODY = machineEnd('100::');

function bytesOf(layout: typeof LAYOUT.LinkRow | typeof LAYOUT.LinkEndRow, rows: readonly object[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * layout.size);
  const view = new DataView(bytes.buffer);
  for (const [i, row] of rows.entries()) writeRow(view, i * layout.size, layout, row);
  return bytes;
}

/** @param idOf a number for the uid of a link, always the same */
export function linkBytes(links: readonly KubeObject[], world: Ends, idOf: (uid: string) => number): LinkBytes {
  const ends: LinkEndRow[] = [];
  const place = (text: string): { first: number; count: number } => {
    const found = endsNamed(world, text);
    const first = ends.length;
    ends.push(...(found?.length === 0 ? [NOBODY] : (found ?? [])));
    return { first, count: ends.length - first };
  };
  const samples: number[] = [];
  const rows = links.map((link): LinkRow => {
    const spec = specOf(link);
    const own = spec.samples ?? [];
    const samplesFirst = samples.length;
    samples.push(...own);
    const [from, to] = [place(spec.from ?? 'any'), place(spec.to ?? 'any')];
    return {
      id: idOf(link.metadata.uid ?? ''),
      ...{ fromFirst: from.first, fromCount: from.count, toFirst: to.first, toCount: to.count },
      ...{ samplesFirst, samplesCount: own.length },
      ...effectsOf(spec),
    };
  });
  return {
    rows: bytesOf(LAYOUT.LinkRow, rows),
    ends: bytesOf(LAYOUT.LinkEndRow, ends),
    samples: new Uint8Array(Int16Array.from(samples).buffer),
  };
}
