// nfacct.ts - the packet counters of kube-proxy's iptables mode: their names, and the match that counts.
//
// Source: pkg/proxy/iptables/proxier.go, pkg/proxy/metrics (v1.36). kube-proxy creates the counters over netlink before
// it writes its rules, and leaves the match out where the kernel does not have it. A kernel accepts a rule that names a
// counter only if the counter exists (`nfacct add NAME`); `iptables-restore --test` does not check this.

/** Counts packets that connection tracking finds INVALID. */
export const INVALID_DROPPED = 'ct_state_invalid_dropped_pkts';

/** Counts connections to NodePorts on a loopback address. */
export const LOCALHOST_ACCEPTED = 'localhost_nps_accepted_pkts';

/** With the two blanks that iptables-save prints. */
export const countMatch = (counter: string): string => `-m nfacct --nfacct-name  ${counter} `;
