// resolver.ts - a question about the cluster's names → its answer, by the Kubernetes DNS specification 1.1.0.
//
// Where the specification leaves a choice, the answer is CoreDNS' (plugin/kubernetes): weights of SRV records, additional
// addresses, and what exists without having records. Names outside the zones are refused: there is no upstream.
import { isIPv6, parseAddress } from '../model/address.js';
import type { Answer, DnsRecord, QuestionType, ResponseCode } from './answer.js';
import type { Directory, DirectoryEndpoint, DirectoryPort, DirectoryService } from './directory.js';
import { absolute, addressInLabel, addressOfReverse, below, folded, isReverse } from './name.js';

/** How names of pods (`10-1-2-3.ns.pod.ZONE`) are answered: not, unseen, or only for pods that are there. */
export type PodMode = 'disabled' | 'insecure' | 'verified';

export interface ResolverOptions {
  /** The cluster's own zone first; then zones of addresses read backwards. */
  readonly zones: readonly string[];
  /** Of records, seconds. */
  readonly ttl: number;
  readonly pods: PodMode;
  /** Serial number of the SOA. */
  readonly serial: number;
}

/** TTL, names of pods and reverse zones as the Corefile of kubeadm has them; the cluster's own zone comes before these. */
export const CLUSTER_ZONES: ResolverOptions = {
  zones: ['in-addr.arpa', 'ip6.arpa'],
  ttl: 30,
  pods: 'insecure',
  serial: 1,
};

const DNS_SCHEMA_VERSION = '1.1.0';
const VERSION_TTL = 28_800;
/** A name that leads to a name that leads to a name … */
const MOST_ALIASES = 8;

/** What stands behind a name: addresses, each with a port and the name that is its own. */
interface Target {
  readonly address: string;
  readonly port: number;
  /** Target of SRV records. */
  readonly name: string;
}

/** A name exists and has records of no type (`empty`), leads elsewhere, or has targets; null: there is no such name. */
type Found = { readonly alias: string } | { readonly targets: readonly Target[] } | null;

const EMPTY: Found = { targets: [] };
const typeOf = (address: string): 'A' | 'AAAA' => (isIPv6(address) ? 'AAAA' : 'A');

export class Resolver {
  readonly #directory: () => Directory;
  readonly #options: ResolverOptions;
  readonly #zones: readonly string[];

  /** @param directory what is known now */
  constructor(directory: () => Directory, options: ResolverOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#zones = options.zones.map(folded);
  }

  answer(name: string, type: QuestionType): Answer {
    const asked = folded(name);
    const zone = this.#zoneOf(asked);
    if (zone === undefined) {
      return {
        ...nothing('REFUSED'),
        why: `${absolute(name)} is not in ${this.#zones.join(' ')}, and there is no upstream`,
      };
    }
    if (type === 'AXFR' || type === 'IXFR') return { ...nothing('REFUSED'), why: 'zones are not transferred' };
    if (asked === zone && (type === 'SOA' || type === 'NS')) return this.#apex(absolute(name), zone, type);
    if (type === 'PTR') return this.#pointer(absolute(name), asked, zone);
    if (type === 'TXT' && asked === `dns-version.${zone}`) {
      const data = DNS_SCHEMA_VERSION;
      return { ...nothing('NOERROR'), answer: [{ name: absolute(name), ttl: VERSION_TTL, type: 'TXT', data }] };
    }
    return this.#forward(absolute(name), asked, zone, type);
  }

  /** The longest zone that a name is in. */
  #zoneOf(name: string): string | undefined {
    return this.#zones.filter((zone) => below(name, zone) !== null).sort((a, b) => b.length - a.length)[0];
  }

  #forward(name: string, asked: string, zone: string, type: QuestionType): Answer {
    const found = isReverse(asked) ? null : this.#find(asked, zone);
    if (found === null) return this.#none('NXDOMAIN', zone);
    const records = this.#records(name, asked, found, type, zone);
    if (records.answer.length === 0) return this.#none('NOERROR', zone);
    return { rcode: 'NOERROR', authority: [], ...records };
  }

  #records(name: string, asked: string, found: NonNullable<Found>, type: QuestionType, zone: string) {
    if (type === 'SRV') return this.#services(name, found);
    if (type === 'CNAME') {
      const answer = 'alias' in found ? [this.#alias(name, found.alias)] : [];
      return { answer, additional: [] };
    }
    if (type !== 'A' && type !== 'AAAA') return { answer: [], additional: [] };
    return { answer: this.#addresses(name, asked, found, type, zone, []), additional: [] };
  }

  /** Addresses of a family; an alias inside the zone is followed, one outside is left to whoever asks. */
  #addresses(
    name: string,
    asked: string,
    found: NonNullable<Found>,
    type: 'A' | 'AAAA',
    zone: string,
    seen: readonly string[],
  ): DnsRecord[] {
    const { ttl } = this.#options;
    if ('targets' in found) {
      const own = [...new Set(found.targets.map(({ address }) => address))].filter((one) => typeOf(one) === type);
      return own.map((data) => ({ name, ttl, type, data }));
    }
    const target = folded(found.alias);
    if (target === asked || seen.includes(target) || seen.length >= MOST_ALIASES) return [];
    const alias = this.#alias(name, found.alias);
    if (below(target, zone) === null) return [alias];
    const next = this.#find(target, zone);
    const followed = next ? this.#addresses(absolute(found.alias), target, next, type, zone, [...seen, asked]) : [];
    return followed.length > 0 ? [alias, ...followed] : [];
  }

  #alias(name: string, target: string): DnsRecord {
    return { name, ttl: this.#options.ttl, type: 'CNAME', data: absolute(target) };
  }

  #services(name: string, found: NonNullable<Found>): Pick<Answer, 'answer' | 'additional'> {
    if (!('targets' in found) || found.targets.length === 0) return { answer: [], additional: [] };
    const { ttl } = this.#options;
    // 100 are shared out among all targets; each gets at least 1.
    const weight = Math.max(1, Math.floor(100 / found.targets.length));
    const answer = new Map<string, DnsRecord>();
    const additional = new Map<string, DnsRecord>();
    for (const { address, port, name: target } of found.targets) {
      if (port < 0) continue;
      answer.set(`${target} ${port}`, { name, ttl, type: 'SRV', data: { priority: 0, weight, port, target } });
      additional.set(`${target} ${address}`, { name: target, ttl, type: typeOf(address), data: address });
    }
    return { answer: [...answer.values()], additional: [...additional.values()] };
  }

  #find(asked: string, zone: string): Found {
    const labels = below(asked, zone) ?? [];
    const kind = labels.pop();
    if (kind === undefined) return EMPTY;
    if (kind !== 'svc' && kind !== 'pod') return null;
    const namespace = labels.pop();
    if (namespace === undefined) return EMPTY;
    if (!this.#directory().hasNamespace(namespace)) return null;
    const name = labels.pop();
    if (name === undefined) return kind === 'pod' && this.#options.pods === 'disabled' ? null : EMPTY;
    return kind === 'pod' ? this.#pod(namespace, name, asked) : this.#service(namespace, name, labels, zone);
  }

  #pod(namespace: string, label: string, asked: string): Found {
    const address = addressInLabel(label);
    const { pods } = this.#options;
    if (address === null || pods === 'disabled') return null;
    if (pods === 'verified' && !this.#directory().hasPod(namespace, address)) return null;
    return { targets: [{ address, port: -1, name: asked }] };
  }

  /** @param labels in front of the Service's name: none, an endpoint's, or `_port._protocol` */
  #service(namespace: string, name: string, labels: readonly string[], zone: string): Found {
    const service = this.#directory().service(namespace, name);
    if (!service || labels.length > 2) return null;
    if (service.alias !== null)
      return labels.length === 0 && !isLiteral(service.alias) ? { alias: service.alias } : null;
    const own = `${name}.${namespace}.svc.${zone}`;
    const [endpoint, port, protocol] =
      labels.length === 1 ? [labels[0]] : [undefined, bare(labels[0]), bare(labels[1])];
    const fits = (one: DirectoryPort): boolean =>
      (port === undefined || one.name === port) && (protocol === undefined || one.protocol === protocol);
    const targets =
      endpoint !== undefined || service.addresses.length === 0
        ? this.#endpointTargets(this.#directory().endpoints(namespace, name), endpoint, fits, own)
        : clusterTargets(service, fits, own);
    return targets.length === 0 ? null : { targets };
  }

  #endpointTargets(
    endpoints: readonly DirectoryEndpoint[],
    label: string | undefined,
    fits: (port: DirectoryPort) => boolean,
    own: string,
  ): Target[] {
    return endpoints
      .filter((endpoint) => label === undefined || endpoint.label === label)
      .flatMap(({ address, ports, label: name }) =>
        ports.filter(fits).map(({ port }) => ({ address, port, name: `${name}.${own}` })),
      );
  }

  #pointer(name: string, asked: string, zone: string): Answer {
    const address = addressOfReverse(asked);
    if (address === null)
      return this.#none(!isReverse(asked) && this.#find(asked, zone) ? 'NOERROR' : 'NXDOMAIN', zone);
    const { ttl } = this.#options;
    const home = this.#zones[0] ?? '';
    const service = this.#directory().serviceAt(address);
    const names = service
      ? [`${service.name}.${service.namespace}.svc.${home}`]
      : this.#directory()
          .endpointsAt(address)
          .map(({ namespace, service: owner, endpoint }) => `${endpoint.label}.${owner}.${namespace}.svc.${home}`);
    if (names.length === 0) return this.#none('NXDOMAIN', zone);
    const answer = [...new Set(names)].map((data): DnsRecord => ({ name, ttl, type: 'PTR', data }));
    return { ...nothing('NOERROR'), answer };
  }

  #apex(name: string, zone: string, type: 'SOA' | 'NS'): Answer {
    if (type === 'SOA') return { ...nothing('NOERROR'), answer: [{ ...this.#soa(zone), name }] };
    const data = `ns.dns.${zone}`;
    return { ...nothing('NOERROR'), answer: [{ name, ttl: this.#options.ttl, type: 'NS', data }] };
  }

  /** The SOA tells for how long nothing may be remembered (RFC 2308 §3). */
  #none(rcode: ResponseCode, zone: string): Answer {
    return { ...nothing(rcode), authority: [this.#soa(zone)] };
  }

  #soa(zone: string): DnsRecord {
    const { ttl, serial } = this.#options;
    const times = { refresh: 7200, retry: 1800, expire: 86_400, minimum: ttl };
    return {
      name: zone,
      ttl,
      type: 'SOA',
      data: { mname: `ns.dns.${zone}`, rname: `hostmaster.${zone}`, serial, ...times },
    };
  }
}

const nothing = (rcode: ResponseCode): Answer => ({ rcode, answer: [], authority: [], additional: [] });

/** `_http` → `http`. */
const bare = (label: string | undefined): string | undefined => label?.replace(/^_/, '');

/** An address is no name to lead to. */
const isLiteral = (alias: string): boolean => alias === '' || parseAddress(alias) !== null;

const clusterTargets = (service: DirectoryService, fits: (port: DirectoryPort) => boolean, own: string): Target[] =>
  service.ports.filter(fits).flatMap(({ port }) => service.addresses.map((address) => ({ address, port, name: own })));
