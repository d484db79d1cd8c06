// diagnosis.ts - why a Service has no endpoints, or endpoints that do not answer, in sentences for people.
import type { EndpointSlice, Labels, Pod, Service, ServicePort } from '../model/objects.js';
import { podPorts, portsText, selects } from './listening.js';

const spaceOf = ({ metadata }: Service | Pod): string => metadata.namespace ?? 'default';
const labelsText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
const NAMED = 5;
/** `a, b, c and 4 more`. */
const some = (texts: readonly string[]): string =>
  texts.length <= NAMED ? texts.join(', ') : `${texts.slice(0, NAMED).join(', ')} and ${texts.length - NAMED} more`;

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
const isReady = (pod: Pod): boolean =>
  (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');

/** What the pods of a namespace have where the selector finds nothing: the values of the same labels. */
function nearMiss(service: Service, pods: readonly Pod[]): string {
  const selector = service.spec.selector ?? {};
  const elsewhere = pods.find((pod) => spaceOf(pod) !== spaceOf(service) && hasLabels(pod, selector));
  if (elsewhere) return `; pods of namespace ${spaceOf(elsewhere)} have them`;
  const here = pods.filter((pod) => spaceOf(pod) === spaceOf(service));
  const values = unique(
    Object.keys(selector).flatMap((key) =>
      here.flatMap(({ metadata }) => (metadata.labels?.[key] === undefined ? [] : [`${key}=${metadata.labels[key]}`])),
    ),
  );
  return values.length === 0 ? '' : `; pods there have ${some(values)}`;
}

const hasLabels = (pod: Pod, selector: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value);

const portNames = (pod: Pod): string[] =>
  pod.spec.containers.flatMap(({ ports = [] }) => ports.flatMap(({ name }) => (name ? [name] : [])));

function whyNothingSelected(service: Service, port: ServicePort | undefined, pods: readonly Pod[]): string {
  const selector = service.spec.selector ?? {};
  const chosen = pods.filter((pod) => selects(service, pod));
  if (chosen.length === 0) {
    return `no pod in namespace ${spaceOf(service)} has the labels ${labelsText(selector)}${nearMiss(service, pods)}`;
  }
  const target = port?.targetPort;
  if (typeof target === 'string' && !chosen.some((pod) => portNames(pod).includes(target))) {
    const names = unique(chosen.flatMap(portNames));
    const have = names.length === 0 ? 'their ports have no names' : `they have ${some(names)}`;
    return `no selected pod has a port named "${target}": ${have}`;
  }
  const ready = chosen.filter(isReady);
  if (ready.length > 0) return 'its EndpointSlices name no endpoint that is ready';
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

/** On what the pods behind a closed target port listen: `w1 listens on 8080/TCP`. */
export function whatListens(service: Service, pods: readonly Pod[], services: readonly Service[]): string {
  const chosen = pods.filter((pod) => selects(service, pod));
  const [first] = chosen;
  if (!first) return 'nobody listens there';
  const open = unique(chosen.map((pod) => portsText(podPorts(pod, services).ports)));
  const who = chosen.length === 1 ? `pod ${first.metadata.name} listens` : `the ${count(chosen.length, 'pod')} listen`;
  return open.every((text) => text === '') ? `${who} on no port` : `${who} on ${open.join(' or ')}`;
}
