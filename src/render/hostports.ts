// hostports.ts - hostPorts as the CNI plugin portmap programs them: a table of nft's, or chains of iptables.
//
// Source: containernetworking/plugins, plugins/meta/portmap: portmap_nftables.go and portmap_iptables.go (v1.9). The
// name of the network is `kubewire`, and a pod's `namespace/name` stands for the id of its sandbox.
import { createHash } from 'node:crypto';
import { type Family, hostCidr } from '../model/address.js';
import type { NodePlan, PlanServicePort } from '../plan/plan.js';
import { type IptablesRule, lineOf } from './iptables-rules.js';
import { ipOf } from './nftables-rules.js';
import type { RulePassage, RuleRenderer } from './passage.js';
import { hostPortsOf, type ServiceReach } from './reach.js';

const NETWORK = 'kubewire';

interface HostPort {
  readonly service: PlanServicePort;
  /** `namespace/name` */
  readonly pod: string;
  /** '' = any address of the node. */
  readonly hostIP: string;
  /** `address:port` in the pod. */
  readonly target: string;
  readonly podIP: string;
}

const podOf = ({ namespace, service }: PlanServicePort): string => `${namespace}/${service}`;

const hostPortOf = ({ service, frontends }: Pick<ServiceReach, 'service' | 'frontends'>): HostPort => ({
  service,
  pod: podOf(service),
  hostIP: frontends[0]?.address ?? '',
  target: service.clusterEndpoints[0]?.name ?? '',
  podIP: service.clusterEndpoints[0]?.address ?? '',
});

const onFamily = (plan: NodePlan, family: Family): HostPort[] => hostPortsOf(plan, family).map(hostPortOf);

// ---- nft

const TABLE = 'cni_hostport';

const portsChain = ({ hostIP }: HostPort): string => (hostIP === '' ? 'hostports' : 'hostip_hostports');

function nftRewrite({ service, hostIP, target }: HostPort): string {
  const to = hostIP === '' ? '' : `${ipOf(service.family)} daddr ${hostIP} `;
  return `${to}${service.protocol.toLowerCase()} dport ${service.port} dnat to ${target}`;
}

const nftMasquerade = (family: Family, source: string, podIP: string): string =>
  `${ipOf(family)} saddr ${source} ${ipOf(family)} daddr ${podIP} masquerade`;

const chain = (name: string, rules: readonly string[]): string =>
  `\tchain ${name} {\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n`;

const JUMPS = ['jump hostip_hostports', 'fib daddr type local jump hostports'];

/** The table of one family; '' when no pod of the node has a hostPort. */
export function hostPortTable(plan: NodePlan, family: Family): string {
  const ports = onFamily(plan, family);
  if (ports.length === 0) return '';
  const rewrites = (name: string): string[] => ports.filter((port) => portsChain(port) === name).map(nftRewrite);
  const sources = (podIP: string): string[] => (family === 'IPv4' ? [podIP, '127.0.0.1'] : [podIP]);
  const masquerades = [...new Set(ports.map(({ podIP }) => podIP))].flatMap((podIP) =>
    sources(podIP).map((source) => nftMasquerade(family, source, podIP)),
  );
  const parts = [
    chain('hostports', rewrites('hostports')),
    chain('hostip_hostports', rewrites('hostip_hostports')),
    chain('prerouting', ['type nat hook prerouting priority dstnat; policy accept;', ...JUMPS]),
    chain('output', ['type nat hook output priority -100; policy accept;', ...JUMPS]),
    chain('masquerading', ['type nat hook postrouting priority srcnat; policy accept;', ...masquerades]),
  ];
  return `table ${ipOf(family)} ${TABLE} {\n\tcomment "CNI portmap plugin"\n${parts.join('\n')}}\n`;
}

const renderNft: RuleRenderer = (passage) => {
  const { service, source, masquerade } = passage;
  if (!service) return [];
  const port = metPort(passage, service);
  const inChain = (name: string, rule: string): string => `chain ${ipOf(service.family)} ${TABLE} ${name}: ${rule}`;
  const masqueraded = masquerade === 'HAIRPIN' || masquerade === 'LOCAL_SOURCE';
  return [
    inChain(portsChain(port), nftRewrite(port)),
    ...(masqueraded ? [inChain('masquerading', nftMasquerade(service.family, source, port.podIP))] : []),
  ];
};

// ---- iptables

const MARK = '0x2000/0x2000';
const nat = (name: string, text: string): IptablesRule => ({ table: 'nat', chain: name, text });

/** utils.MustFormatChainNameWithPrefix: 28 characters at most. */
const podChain = (pod: string): string =>
  `CNI-DN-${createHash('sha512')
    .update(NETWORK + pod)
    .digest('hex')}`.slice(0, 28);

const match = ({ service, hostIP }: HostPort, source = ''): string => {
  const word = service.protocol.toLowerCase();
  return `${source}${hostIP === '' ? '' : `-d ${hostCidr(hostIP)} `}-p ${word} -m ${word} --dport ${service.port}`;
};

/** From CNI-HOSTPORT-DNAT to the pod's own chain. */
const podJump = (pod: string, protocol: string, ports: readonly number[]): IptablesRule =>
  nat(
    'CNI-HOSTPORT-DNAT',
    `-p ${protocol} -m comment --comment "dnat name: \\"${NETWORK}\\" id: \\"${pod}\\"" -m multiport --dports ${ports} -j ${podChain(pod)}`,
  );

const marks = (port: HostPort): IptablesRule[] =>
  port.service.sourceRanges.map((range) =>
    nat(podChain(port.pod), `${match(port, `-s ${range} `)} -j CNI-HOSTPORT-SETMARK`),
  );

const rewrite = (port: HostPort): IptablesRule =>
  nat(podChain(port.pod), `${match(port)} -j DNAT --to-destination ${port.target}`);

const SET_MARK = nat(
  'CNI-HOSTPORT-SETMARK',
  `-m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark ${MARK}`,
);
const MASQUERADE = nat('CNI-HOSTPORT-MASQ', `-m mark --mark ${MARK} -j MASQUERADE`);
const ENTRY = (hook: string): IptablesRule => nat(hook, '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT');

/** The rules of one family, and how they hang on the hooks: after kube-proxy's, but for the masquerading. */
export function hostPortChains(
  plan: NodePlan,
  family: Family,
): { readonly before: readonly IptablesRule[]; readonly after: readonly IptablesRule[]; readonly own: IptablesRule[] } {
  const ports = onFamily(plan, family);
  if (ports.length === 0) return { before: [], after: [], own: [] };
  const pods = [...new Set(ports.map(({ pod }) => pod))];
  const jumps = pods.flatMap((pod) => {
    const mine = ports.filter((port) => port.pod === pod);
    return [...new Set(mine.map(({ service }) => service.protocol))].sort().map((protocol) =>
      podJump(
        pod,
        protocol.toLowerCase(),
        mine.filter(({ service }) => service.protocol === protocol).map(({ service }) => service.port),
      ),
    );
  });
  const masquerade = '-m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ';
  return {
    before: [nat('POSTROUTING', masquerade)],
    after: [ENTRY('PREROUTING'), ENTRY('OUTPUT')],
    own: [...jumps, MASQUERADE, SET_MARK, ...ports.flatMap((port) => [...marks(port), rewrite(port)])],
  };
}

const renderChains: RuleRenderer = (passage) => {
  const { service, masquerade } = passage;
  if (!service) return [];
  const port = metPort(passage, service);
  const masqueraded = masquerade === 'HAIRPIN' || masquerade === 'LOCAL_SOURCE';
  const marked = marks(port)
    .slice(masquerade === 'LOCAL_SOURCE' ? -1 : 0)
    .slice(0, 1);
  return [
    podJump(port.pod, service.protocol.toLowerCase(), [service.port]),
    ...(masqueraded ? marked : []),
    rewrite(port),
    ...(masqueraded ? [MASQUERADE] : []),
  ].map((rule) => `-t ${rule.table} ${lineOf(rule)}`);
};

// ---- a passage

const metPort = ({ frontend }: RulePassage, service: PlanServicePort): HostPort =>
  hostPortOf({ service, frontends: frontend ? [frontend] : [] });

/** The rules of a packet to a hostPort, where the strategy writes rules in nft's notation or in that of iptables. */
export const renderHostPort: Readonly<Record<'nft' | 'iptables', RuleRenderer>> = {
  nft: renderNft,
  iptables: renderChains,
};
