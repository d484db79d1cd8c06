// lessons.ts - each kind of difference that compare names: why the modes differ, and what to do before the change.
//
// Source of the reasons: pkg/proxy/{iptables,ipvs,nftables}/proxier.go, and "Virtual IPs and Service Proxies" of the
// documentation of Kubernetes.

export interface Lesson {
  /** Why the modes differ. */
  readonly why: string;
  /** What to change, or whom to tell, before the change of mode. */
  readonly first: string;
}

const KEEP_ADDRESSES =
  'Send clients to the primary address of a node, or set --nodeport-addresses for the new mode to the ranges that are used (0.0.0.0/0,::/0 for all).';

const LESSONS: Readonly<Record<string, Lesson>> = {
  'NodePorts on a loopback address': {
    why: 'Only iptables mode serves NodePorts on 127.0.0.1 (with route_localnet), and never on ::1.',
    first:
      "Find who uses them: the kube-proxy metric kubeproxy_iptables_localhost_nodeports_accepted_packets_total counts such packets. Let them use the cluster IP or the node's address; --localhost-nodeports=false tries it before the change.",
  },
  'NodePorts on another address of the node': {
    why: "nftables mode serves NodePorts on the node's primary addresses unless --nodeport-addresses says otherwise; iptables and ipvs serve them on every address, ipvs not on loopback.",
    first: KEEP_ADDRESSES,
  },
  'a NodePort without usable endpoints, on an address where one side has no NodePorts': {
    why: 'A closed NodePort is refused where it exists; on an address without NodePorts the packet goes to the node itself.',
    first: KEEP_ADDRESSES,
  },
  'a port that the address of a Service does not have': {
    why: 'iptables mode leaves such packets alone, so they leave the node and are lost; nftables refuses them for cluster IPs, and ipvs, which gives the node all addresses, for every address of a Service.',
    first:
      'Nothing for correct clients: a wrong port fails at once instead of after a timeout, or the other way round.',
  },
  'an address of the Service range that no Service has': {
    why: 'nftables mode drops packets to unused addresses of the Service range if it knows the range; the others let them leave the node.',
    first: 'Nothing, unless something that is no Service has an address in the Service range: move it out.',
  },
  'a source outside loadBalancerSourceRanges, and no endpoints': {
    why: 'Of the two reasons to refuse, nftables looks at the source first and drops; the others look at the endpoints first and reject.',
    first: 'Nothing: such clients fail with a timeout instead of a refusal, or the other way round.',
  },
  'source ranges on a load-balancer address that is also an external IP': {
    why: 'In iptables mode the external IP is matched first, so the source ranges of the load balancer do not hold there.',
    first:
      'Take the address out of externalIPs, and list in loadBalancerSourceRanges every client that should come in.',
  },
  'a source outside loadBalancerSourceRanges': {
    why: 'The modes ask for the source at different places.',
    first: 'List in loadBalancerSourceRanges every client that should come in.',
  },
  "the node's own packet to an external address without endpoints": {
    why: 'iptables mode refuses such packets only when they come in to the node; those of its own programs leave it.',
    first: 'Do not let programs of the node rely on the load balancer while the Service has no endpoints.',
  },
  'policy Local without an endpoint on the node': {
    why: 'ipvs falls back to the endpoints of other nodes; iptables and nftables drop the packet, as the policy says.',
    first:
      'Run an endpoint on every node that takes traffic (a DaemonSet, or topologySpreadConstraints), let the load balancer ask healthCheckNodePort, or use externalTrafficPolicy: Cluster.',
  },
  'policy Local, from a pod or the node itself': {
    why: 'ipvs has one list of endpoints for an address, so policy Local holds for pods and the node, too; iptables and nftables give their packets to all endpoints.',
    first:
      'Expect connections from inside the cluster at all endpoints; use internalTrafficPolicy: Local where they must stay on the node.',
  },
  'the source address that endpoints see': {
    why: 'The modes masquerade at different places.',
    first: 'Check what reads the client address: logs, allow-lists, NetworkPolicies, rate limits.',
  },
  'the source address of a client that is its own endpoint': {
    why: "iptables mode masquerades every packet of a client that is chosen as its own endpoint; the others only on the endpoint's own node.",
    first: 'Check what reads the client address when a pod meets itself through a NodePort or an external address.',
  },
  'other shares of the endpoints': {
    why: 'ipvs has schedulers and weights; iptables and nftables choose each endpoint with the same probability.',
    first: 'Use numbers of replicas instead of weights, or spread with a Gateway or an Ingress.',
  },
  'other endpoints': {
    why: 'The two choose from different lists of endpoints.',
    first: 'Look at the endpoints of both sides, below.',
  },
  'a health-check port, accepted by a rule or left alone': {
    why: 'iptables and ipvs mode accept packets to healthCheckNodePort by a rule of their own; nftables leaves them to the firewall of the node.',
    first: 'Let the firewall of the nodes accept the health checks of the load balancer.',
  },
};

const OTHERS: Lesson = { why: 'The two treat such packets differently.', first: 'Compare the rules of both sides.' };

/** What to know about a kind of difference (a name of src/observe/kinds.ts). */
export const lessonOf = (kind: string): Lesson => LESSONS[kind] ?? OTHERS;
