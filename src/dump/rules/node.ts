// node.ts - what the dumps of one node say: its rules, and what the kernel looks at besides them. Null = not in the dumps.
import type { Elements, Interval } from './elements.js';
import type { Place, Ruleset } from './ruleset.js';

export interface LocalAddress {
  readonly address: string;
  readonly device: string;
}

export interface Route {
  /** Addresses of the family that the route is for. */
  readonly to: Interval;
  readonly isIPv6: boolean;
  readonly table: string;
  /** `unicast`, `local`, `broadcast`, `blackhole`, `unreachable`, `prohibit`, `throw` … */
  readonly type: string;
  readonly device: string | null;
  readonly gateway: string | null;
  readonly metric: number;
}

export interface PolicyRule {
  readonly priority: number;
  readonly isIPv6: boolean;
  readonly source: Interval | null;
  readonly destination: Interval | null;
  readonly mark: { readonly value: bigint; readonly mask: bigint } | null;
  readonly inDevice: string | null;
  readonly table: string;
  /** It looks at something else besides, so that nobody here can say whether it applies. */
  readonly more: boolean;
  readonly negated: boolean;
}

/** What a dimension of an IP set looks at. */
export type SetPart = 'address' | 'port' | 'bare port' | 'interface' | 'other';

export interface IpSet {
  readonly name: string;
  readonly isIPv6: boolean | null;
  readonly parts: readonly SetPart[];
  readonly elements: Elements;
  readonly place: Place;
}

export interface RealServer {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** `masq`, `route` or `tunnel`. */
  readonly method: string;
  readonly place: Place;
}

export interface VirtualServer {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly address: string;
  readonly port: number;
  /** Set instead of an address: packets with this mark. */
  readonly mark: bigint | null;
  readonly scheduler: string;
  /** Seconds; 0 = a client may go elsewhere every time. */
  readonly persistence: number;
  readonly realServers: RealServer[];
  readonly place: Place;
}

export interface Tuple {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface Connection {
  readonly protocol: number;
  readonly state: string;
  readonly original: Tuple;
  readonly reply: Tuple;
  readonly mark: bigint;
  readonly place: Place;
}

export interface NodeDump {
  readonly ruleset: Ruleset;
  readonly addresses: readonly LocalAddress[] | null;
  readonly routes: readonly Route[] | null;
  readonly policyRules: readonly PolicyRule[] | null;
  readonly ipsets: ReadonlyMap<string, IpSet>;
  readonly virtualServers: readonly VirtualServer[] | null;
  readonly connections: readonly Connection[] | null;
  /** `net.ipv4.ip_forward` → `1`. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** What was found out about the dumps, as sentences. */
  readonly notes: readonly string[];
}
