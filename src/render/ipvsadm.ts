// ipvsadm.ts - a plan as what `ipvsadm-save -n` prints on a node in kube-proxy's ipvs mode.
import { type Family, formatEndpoint } from '../model/address.js';
import type { NodePlan } from '../plan/plan.js';
import { ipvsTables, type VirtualServer } from './ipvs-table.js';

const FLAGS = { TCP: '-t', UDP: '-u', SCTP: '--sctp-service' } as const;

/** `-t 10.96.0.1:443` */
export const serverWord = (protocol: VirtualServer['protocol'], address: string, port: number): string =>
  `${FLAGS[protocol]} ${formatEndpoint(address, port)}`;

/** `-A -t 10.96.0.1:443 -s rr` */
export function serverLine({ protocol, address, port, scheduler, timeout, mhPort }: VirtualServer): string {
  const persistent = timeout > 0 ? ` -p ${timeout}` : '';
  return `-A ${serverWord(protocol, address, port)} -s ${scheduler}${persistent}${mhPort ? ' -b mh-port' : ''}`;
}

/** `-m` is masquerading: the destination is rewritten, as kube-proxy does it. */
export const realServerLine = (server: string, endpoint: string, weight: number): string =>
  `-a ${server} -r ${endpoint} -m -w ${weight}`;

/** One line per virtual server, each followed by one line per real server. */
export function ipvsadmSave(plan: NodePlan, families?: readonly Family[]): string {
  const lines = ipvsTables(plan, families).virtualServers.flatMap((server) => {
    const word = serverWord(server.protocol, server.address, server.port);
    return [
      serverLine(server),
      ...server.realServers.map(({ endpoint, weight }) => realServerLine(word, endpoint, weight)),
    ];
  });
  return lines.map((line) => `${line}\n`).join('');
}
