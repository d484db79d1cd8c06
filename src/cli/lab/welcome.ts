// welcome.ts - what is said when a lab runs: what to try next.
import { urlHost } from '../../model/address.js';
import type { Service } from '../../model/objects.js';
import { invocation } from '../invocation.js';
import { paint } from '../print/colour.js';
import type { RunningLab } from './run.js';

/** A command that works in this lab: to its first load-balancer address, else to its nodes. */
function tryOut(lab: RunningLab): string {
  const services = lab.emulator.cluster.snapshot().services as readonly Service[];
  for (const { status, spec } of services) {
    const ip = status?.loadBalancer?.ingress?.[0]?.ip;
    const port = spec.ports?.find(({ protocol }) => protocol !== 'UDP' && protocol !== 'SCTP')?.port;
    if (!ip || !port) continue;
    const host = urlHost(ip);
    return `exec client/outside -- curl -s http://${host}${port === 80 ? '' : `:${port}`}/`;
  }
  return 'get nodes';
}

/** What to do next, for a person. */
export function sayHowToUse(lab: RunningLab, name: string, ending: string): void {
  const flag = name === 'default' ? '' : ` --name ${name}`;
  const { stderr } = process;
  const own = `${invocation()}${flag}`;
  const commands = [
    ...['check', 'get services,pods -A', tryOut(lab)].map((text) => `  ${own} ${text}`),
    `  ${own} kubeconfig > lab.kubeconfig && kubectl --kubeconfig lab.kubeconfig get pods -A`,
  ];
  stderr.write(
    `\n${paint(stderr, 'bold', 'The lab runs.')} Try in another terminal:\n${commands.join('\n')}\n${ending}\n`,
  );
}
