// plan.ts - the types that say what one node must do for Services, independent of strategy and byte layout.
//
// planNode (planner.ts) makes a plan from a ClusterSnapshot, a NodeView and a ProxyConfig. compile/ makes tables of it.
import type { Family } from '../model/address.js';
import type { Protocol } from '../model/objects.js';

export type ProxyMode = 'nftables' | 'iptables' | 'ipvs';

/** kube-proxy's configuration, under its own flag names (camel case). */
export interface ProxyConfig {
  /** The mode whose semantics apply where modes differ. `ebpf` and `perfect` follow nftables. */
  readonly proxyMode: ProxyMode;
  /** --cluster-cidr: one or two, at most one per family. */
  readonly clusterCIDR: readonly string[];
  /** --detect-local-mode. NodeCIDR uses the node's podCIDRs; `none` = no detector. */
  readonly detectLocalMode: 'ClusterCIDR' | 'NodeCIDR' | 'none';
  readonly masqueradeAll: boolean;
  /** --nodeport-addresses: CIDRs, or ['primary']; empty = the mode's default. */
  readonly nodePortAddresses: readonly string[];
  /** --iptables-localhost-nodeports. */
  readonly localhostNodePorts: boolean;
  /** --service-cluster-ip-range (also what nftables drops when unallocated). */
  readonly serviceClusterIPRange: readonly string[];
  /** --service-node-port-range. */
  readonly serviceNodePortRange: string;
  /** --ipvs-scheduler. */
  readonly ipvsScheduler: string;
  /** How strategy `ebpf` chooses a backend: --ebpf-maglev. */
  readonly ebpfSelection: 'random' | 'maglev';
  /** --maglev-table-size: slots of a Maglev ring, one of Cilium's primes. */
  readonly maglevTableSize: number;
  /** --conntrack-tcp-be-liberal: lets segments outside the window pass. */
  readonly conntrackTCPBeLiberal: boolean;
  /** --conntrack-tcp-timeout-established, in seconds; 0 = the kernel's own. */
  readonly conntrackTCPTimeoutEstablished: number;
  /** --conntrack-tcp-timeout-close-wait, in seconds; 0 = the kernel's own. */
  readonly conntrackTCPTimeoutCloseWait: number;
  /** --conntrack-udp-timeout, in seconds; 0 = the kernel's own. */
  readonly conntrackUDPTimeout: number;
  /** --conntrack-udp-timeout-stream, in seconds; 0 = the kernel's own. */
  readonly conntrackUDPTimeoutStream: number;
}

/** The node as its kube-proxy sees it. */
export interface NodeView {
  readonly name: string;
  readonly id: number;
  /** Primary addresses, at most one per family: the masquerade source and the "primary" NodePort address. */
  readonly nodeIPs: readonly string[];
  /** Every address that is local to the node. Loopback is included only if the machine has it. */
  readonly localAddresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly podCIDRs: readonly string[];
}

export interface PlanEndpoint {
  /** `ip:port` or `[ip]:port`: the endpoint's identity. */
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

/** One combination of Service, port and family. */
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
  /** Some endpoint in the cluster is usable. Without one, traffic is rejected. */
  readonly hasAnyEndpoints: boolean;
  /** Every endpoint of the port in any condition, sorted by its `ip:port` string as in kube-proxy. */
  readonly allEndpoints: readonly PlanEndpoint[];
  /** Lists in the order of allEndpoints. Empty when the Service does not use the policy. */
  readonly clusterEndpoints: readonly PlanEndpoint[];
  readonly localEndpoints: readonly PlanEndpoint[];
  readonly servingEndpoints: readonly PlanEndpoint[];
  /** loadBalancerSourceRanges of the family; empty = no filter. Of a HostPort: whose packets are masqueraded. */
  readonly sourceRanges: readonly string[];
  /** Seconds; 0 = sessionAffinity None. */
  readonly affinitySeconds: number;
  /** From the annotation kubewire.dev/scheduler; '' = use the configured one. */
  readonly scheduler: string;
  /** A hostPort: `service` is the pod that has it, and kube-proxy knows nothing of it. */
  readonly isHostPort: boolean;
}

/** The name that identifies a Service port from one plan to the next. */
export const portIdentity = ({
  name,
  protocol,
  family,
}: Pick<PlanServicePort, 'name' | 'protocol' | 'family'>): string => `${name}/${protocol}/${family}`;

export type PlanFrontendKind = 'ClusterIP' | 'ExternalIP' | 'LoadBalancer' | 'NodePort' | 'HealthCheck' | 'HostPort';

export interface PlanFrontend {
  readonly kind: PlanFrontendKind;
  readonly family: Family;
  /** '' for NodePort and HealthCheck: any NodePort address of the node. '' for HostPort: any address of the node. */
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Index into the services of the plan, or into the ports of the ServicePlan; -1 for HealthCheck. */
  readonly service: number;
  /** Source ranges apply (LoadBalancer frontends of Services with ranges). */
  readonly firewall: boolean;
  /** `namespace/name` of the Service, or of the pod. */
  readonly owner: string;
}

/** What a plan says about one Service, in both families; or about the host ports of one pod. */
export interface ServicePlan {
  /** `namespace/name` */
  readonly owner: string;
  readonly ports: readonly PlanServicePort[];
  readonly frontends: readonly PlanFrontend[];
}

export interface NodePlan {
  readonly node: NodeView;
  readonly config: ProxyConfig;
  /**
   * Ports and frontends of all Services, sorted by `namespace/name`, and of the node's pods with a hostPort: before them
   * in mode nftables, else after them. Of two frontends with one key the first answers.
   */
  readonly services: readonly PlanServicePort[];
  readonly frontends: readonly PlanFrontend[];
  /** UDP ports (portIdentity) whose endpoints differ from the plan in force: their stale flows must be deleted. */
  readonly changedPorts: ReadonlySet<string>;
  /** Addresses of the node, each with whether NodePorts answer on it. */
  readonly localAddresses: readonly { readonly address: string; readonly nodePort: boolean }[];
  /** CIDRs whose sources are pods. A family without one has no detector. */
  readonly localDetector: readonly string[];
  /** --service-cluster-ip-range of the cluster. */
  readonly serviceCIDRs: readonly string[];
}

/** A device of the node and what it leads to: the lab's part of the tables. */
export interface PlanPort {
  readonly kind: 'HOST' | 'POD' | 'UPLINK';
  /** `node/n1`, `pod/ns/name`, `uplink` */
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly id: number;
  /** UPLINK: node id that receives the node's own answers. Absent = the peer of its routes, if they agree. */
  readonly peer?: number;
}

export interface PlanRoute {
  /** CIDR */
  readonly prefix: string;
  readonly kind: 'FORWARD' | 'LOCAL' | 'UNREACHABLE' | 'BLACKHOLE';
  /** Index into Attachment.ports; -1 for none. */
  readonly port: number;
  /** Node id at the other end of an uplink; -1 for none. */
  readonly nextHop: number;
}

/** A port of a load balancer that ends connections itself (ipMode Proxy): its own go to NodePorts. */
export interface Proxied {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Stable id. */
  readonly id: number;
  /** Node addresses, and the NodePort there. */
  readonly nodes: readonly string[];
  readonly nodePort: number;
  /** Empty = no filter. */
  readonly sourceRanges: readonly string[];
}

/** How a node is wired. Made by the lab, or by trace for a node without a lab. */
export interface Attachment {
  /** The MAC with which the node answers. */
  readonly mac: string;
  readonly ports: readonly PlanPort[];
  readonly routes: readonly PlanRoute[];
  /** The CNI's masquerading of pod traffic that leaves the cluster, and the destinations exempt from it. */
  readonly egressMasquerade: boolean;
  readonly egressKeep: readonly string[];
  /** True for the fabric, false for a Kubernetes node. */
  readonly router: boolean;
  /** Source ports of masquerading, inclusive. */
  readonly snatPorts: readonly [number, number];
  /** On a router: load-balancer addresses and the node addresses among which they are spread. */
  readonly spread: readonly { readonly address: string; readonly id: number; readonly nodes: readonly string[] }[];
  /** On a router: ports on which the load balancer ends connections. */
  readonly proxied: readonly Proxied[];
}
