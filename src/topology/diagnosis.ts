// diagnosis.ts - explains why a Service has no endpoints, or endpoints that do not answer, in sentences for people.
import { isPodReady } from '../model/conditions.js';
import type { EndpointSlice, Pod, Service, ServicePort } from '../model/objects.js';
import { backingFindings } from './backing.js';
import { podPorts, portsText, selects } from './listening.js';

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

function whyNothingSelected(service: Service, port: ServicePort | undefined, pods: readonly Pod[]): string {
  const chosen = pods.filter((pod) => selects(service, pod));
  const about = { ...service, spec: { ...service.spec, ports: port ? [port] : [] } };
  const [finding] = backingFindings(about, pods, 'here');
  // A number that no pod declares still makes endpoints; a name that no pod declares makes none.
  if (finding && (chosen.length === 0 || typeof port?.targetPort === 'string')) return finding.detail;
  if (chosen.some(isPodReady)) return 'its EndpointSlices name no endpoint that is ready';
  return chosen.length === 1
    ? 'the only selected pod is not ready'
    : `none of the ${chosen.length} selected pods is ready`;
}

const quoted = (name: string | null | undefined): string => (name ? `the name "${name}"` : 'no name');

function whyNothingWritten(service: Service, port: ServicePort | undefined, slices: readonly EndpointSlice[]): string {
  const { name } = service.metadata;
  if (slices.length === 0) {
    return `it has no selector, and no EndpointSlice has the label kubernetes.io/service-name: ${name}`;
  }
  const names = slices.flatMap(({ ports }) => (ports ?? []).map((one) => one.name ?? ''));
  if (port && !names.includes(port.name ?? '')) {
    const other = unique(names).map(quoted).join(' and ');
    return `its port has ${quoted(port.name)}, the port of EndpointSlice ${slices[0]?.metadata.name} has ${other || 'none'}: they must be equal`;
  }
  return 'no endpoint of its EndpointSlices is ready';
}

/**
 * Why a port of a Service has no usable endpoint, as the second half of a sentence.
 * @param port undefined: any of its ports
 */
export function whyNoEndpoints(
  service: Service,
  port: ServicePort | undefined,
  slices: readonly EndpointSlice[],
  pods: readonly Pod[],
): string {
  return Object.keys(service.spec.selector ?? {}).length > 0
    ? whyNothingSelected(service, port, pods)
    : whyNothingWritten(service, port, slices);
}

/** Where the pods behind a closed target port do listen: `w1 listens on 8080/TCP`. */
export function whatListens(service: Service, pods: readonly Pod[], services: readonly Service[]): string {
  const chosen = pods.filter((pod) => selects(service, pod));
  const [first] = chosen;
  if (!first) return 'nobody listens there';
  const open = unique(chosen.map((pod) => portsText(podPorts(pod, services).ports)));
  const who = chosen.length === 1 ? `pod ${first.metadata.name} listens` : `the ${count(chosen.length, 'pod')} listen`;
  return open.every((text) => text === '') ? `${who} on no port` : `${who} on ${open.join(' or ')}`;
}
