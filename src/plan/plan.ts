// plan.ts - what one node must do for Services, independent of strategy and of bytes: the types.
//
// planNode (in planner.ts) makes it from a ClusterSnapshot, a NodeView and a ProxyConfig; compile/ turns it into tables.
import type { Family } from '../model/address.js';
import type { Protocol } from '../model/objects.js';

export type ProxyMode = 'nftables' | 'iptables' | 'ipvs';

/** kube-proxy's configuration, by its own flag names (camel case). */
export interface ProxyConfig {
  /** Whose semantics: where the modes differ. `ebpf` and `perfect` follow nftables. */
  readonly proxyMode: ProxyMode;
  /** --cluster-cidr: one or two, one a family. */
  readonly clusterCIDR: readonly string[];
  /** --detect-local-mode. NodeCIDR uses the node's podCIDRs; `none` = no detector. */
  readonly detectLocalMode: 'ClusterCIDR' | 'NodeCIDR' | 'none';
  readonly masqueradeAll: boolean;
  /** --nodeport-addresses: CIDRs, or ['primary']; empty = the default of the mode. */
  readonly nodePortAddresses: readonly string[];
  /** --iptables-localhost-nodeports. */
  readonly localhostNodePorts: boolean;
  /** --service-cluster-ip-range (also what nftables drops when unallocated). */
  readonly serviceClusterIPRange: readonly string[];
  /** --service-node-port-range. */
  readonly serviceNodePortRange: string;
  /** --ipvs-scheduler. */
  readonly ipvsScheduler: string;
  /** Strategy `ebpf`: how it chooses a backend. --ebpf-maglev. */
  readonly ebpfSelection: 'random' | 'maglev';
  /** --maglev-table-size: slots of a Maglev ring, one of Cilium's primes. */
  readonly maglevTableSize: number;
  /** --conntrack-tcp-be-liberal: segments outside of the window are let pass. */
  readonly conntrackTCPBeLiberal: boolean;
  /** --conntrack-tcp-timeout-established, in seconds; 0 = the kernel's own. */
  readonly conntrackTCPTimeoutEstablished: number;
  /** --conntrack-tcp-timeout-close-wait, in seconds; 0 = the kernel's own. */
  readonly conntrackTCPTimeoutCloseWait: number;
}

/** The node as kube-proxy on it sees it. */
export interface NodeView {
  readonly name: string;
  readonly id: number;
  /** Primary addresses, one a family at most: masquerade source, "primary" NodePort address. */
  readonly nodeIPs: readonly string[];
  /** Every address that is local to the node, loopback excluded or included as on the machine. */
  readonly localAddresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly podCIDRs: readonly string[];
}

export interface PlanEndpoint {
  /** `ip:port` or `[ip]:port`: who it is. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** On this node. */
  readonly local: boolean;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly weight: number;
  /** '' when the slice names none. */
  readonly nodeName: string;
  /** hints.forZones and hints.forNodes. */
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
}

/** One (Service, port, family). */
export interface PlanServicePort {
  /** `namespace/name:portname` (kube-proxy's ServicePortName string; no colon part when unnamed) */
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  readonly portName: string;
  readonly protocol: Protocol;
  readonly family: Family;
  readonly port: number;
  readonly clusterIP: string;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** Some endpoint could be used somewhere; without it traffic is rejected. */
  readonly hasAnyEndpoints: boolean;
  /** Every endpoint of the port in any condition, sorted by the `ip:port` string, as kube-proxy sorts them. */
  readonly allEndpoints: readonly PlanEndpoint[];
  /** Lists in the order of allEndpoints. Empty when the Service does not use that policy. */
  readonly clusterEndpoints: readonly PlanEndpoint[];
  readonly localEndpoints: readonly PlanEndpoint[];
  readonly servingEndpoints: readonly PlanEndpoint[];
  /** loadBalancerSourceRanges of the family; empty = no filter. */
  readonly sourceRanges: readonly string[];
  /** Seconds; 0 = sessionAffinity None. */
  readonly affinitySeconds: number;
  /** From the annotation kubewire.dev/scheduler; '' = the configuration's. */
  readonly scheduler: string;
}

/** Name under which a Service port keeps what belongs to it from one plan to the next. */
export const portIdentity = ({
  name,
  protocol,
  family,
}: Pick<PlanServicePort, 'name' | 'protocol' | 'family'>): string => `${name}/${protocol}/${family}`;

export type PlanFrontendKind = 'ClusterIP' | 'ExternalIP' | 'LoadBalancer' | 'NodePort' | 'HealthCheck';

export interface PlanFrontend {
  readonly kind: PlanFrontendKind;
  readonly family: Family;
  /** '' for NodePort and HealthCheck: any NodePort address of the node. */
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Index in the services of the plan, or in the ports of the ServicePlan; -1 for HealthCheck. */
  readonly service: number;
  /** Source ranges apply (LoadBalancer frontends of Services with ranges). */
  readonly firewall: boolean;
  /** `namespace/name` of the Service. */
  readonly owner: string;
}

/** What a plan says about one Service, both families. */
export interface ServicePlan {
  /** `namespace/name` */
  readonly owner: string;
  readonly ports: readonly PlanServicePort[];
  readonly frontends: readonly PlanFrontend[];
}

export interface NodePlan {
  readonly node: NodeView;
  readonly config: ProxyConfig;
  /** Ports and frontends of all Services, which are sorted by `namespace/name`. */
  readonly services: readonly PlanServicePort[];
  readonly frontends: readonly PlanFrontend[];
  /** UDP ports (portIdentity) whose endpoints are others than in the plan that was in force: their stale flows must go. */
  readonly changedPorts: ReadonlySet<string>;
  /** Addresses of the node, with: do NodePorts answer on it. */
  readonly localAddresses: readonly { readonly address: string; readonly nodePort: boolean }[];
  /** CIDRs whose sources are pods; a family without one has no detector. */
  readonly localDetector: readonly string[];
  /** --service-cluster-ip-range of the cluster. */
  readonly serviceCIDRs: readonly string[];
}

/** A device of the node and what is behind it: the lab's part of the tables. */
export interface PlanPort {
  readonly kind: 'HOST' | 'POD' | 'UPLINK';
  /** `node/n1`, `pod/ns/name`, `uplink` */
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly id: number;
  /** UPLINK: node id that gets what the node itself answers; absent = the peer of its routes if they lead to one. */
  readonly peer?: number;
}

export interface PlanRoute {
  /** CIDR */
  readonly prefix: string;
  readonly kind: 'FORWARD' | 'LOCAL' | 'UNREACHABLE' | 'BLACKHOLE';
  /** Index in Attachment.ports; -1 for none. */
  readonly port: number;
  /** Node id behind an uplink; -1 for none. */
  readonly nextHop: number;
}

/** How a node is wired: made by the lab, or by trace for a node without a lab. */
export interface Attachment {
  /** MAC with which the node answers. */
  readonly mac: string;
  readonly ports: readonly PlanPort[];
  readonly routes: readonly PlanRoute[];
  /** The CNI's masquerading of pods that leave the cluster; destinations that keep the pod's address. */
  readonly egressMasquerade: boolean;
  readonly egressKeep: readonly string[];
  /** The fabric rather than a Kubernetes node. */
  readonly router: boolean;
  /** Source ports of masquerading, inclusive. */
  readonly snatPorts: readonly [number, number];
  /** On a router: load-balancer addresses and the node addresses they are spread over. */
  readonly spread: readonly { readonly address: string; readonly id: number; readonly nodes: readonly string[] }[];
}
