// service-ports.ts - validation of the ports of a Service, one by one and among each other.

import type { Issue } from '../../model/issue.js';
import type { Service, ServicePort } from '../../model/objects.js';
import { duplicate, forbidden, invalidEach, notSupported, required } from './field-error.js';
import { dns1123Label, labelKey, portName, portNumber } from './formats.js';

/** In the order in which messages list them. */
export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validatePort(port: ServicePort, field: string, nameRequired: boolean, names: Set<string>): Issue[] {
  const issues: Issue[] = [];
  const { name = '', port: number = 0, protocol, targetPort = 0, appProtocol } = port;
  if (name !== '') {
    issues.push(...invalidEach(`${field}.name`, name, dns1123Label(name)));
    if (names.has(name)) issues.push(duplicate(`${field}.name`, name));
    names.add(name);
  } else if (nameRequired) issues.push(required(`${field}.name`));
  issues.push(...invalidEach(`${field}.port`, number, portNumber(number)));
  if (!protocol) issues.push(required(`${field}.protocol`));
  else if (!PROTOCOLS.includes(protocol)) issues.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS));
  const wrong = typeof targetPort === 'number' ? portNumber(targetPort) : portName(targetPort);
  issues.push(...invalidEach(`${field}.targetPort`, targetPort, wrong));
  if (appProtocol !== undefined) {
    issues.push(...invalidEach(`${field}.appProtocol`, appProtocol, labelKey(appProtocol)));
  }
  return issues;
}

export function validateServicePorts(ports: readonly ServicePort[]): Issue[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => validatePort(port, `spec.ports[${i}]`, ports.length > 1, names));
}

/** NodePorts where there may be none, then NodePorts used twice, then ports used twice (each per protocol). */
export function validateDuplicatePorts(service: Service): Issue[] {
  const ports = service.spec.ports ?? [];
  const issues: Issue[] = [];
  if (service.spec.type === 'ClusterIP') {
    for (const [i, port] of ports.entries()) {
      if (!port.nodePort) continue;
      issues.push(forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
  }
  const nodePorts = new Set<string>();
  for (const [i, { protocol, nodePort }] of ports.entries()) {
    if (!nodePort) continue;
    if (nodePorts.has(`${protocol}/${nodePort}`)) issues.push(duplicate(`spec.ports[${i}].nodePort`, nodePort));
    nodePorts.add(`${protocol}/${nodePort}`);
  }
  const numbers = new Set<string>();
  for (const [i, { protocol, port }] of ports.entries()) {
    const key = `${protocol}/${port ?? 0}`;
    if (numbers.has(key)) issues.push(duplicate(`spec.ports[${i}]`, internalPort(protocol, port)));
    numbers.add(key);
  }
  return issues;
}

/** How the API server prints the key of the duplicate: its internal type, with capitals, everything else at zero. */
function internalPort(protocol: string | undefined, port: number | undefined): object {
  return { Name: '', Protocol: protocol ?? '', AppProtocol: null, Port: port ?? 0, TargetPort: 0, NodePort: 0 };
}
