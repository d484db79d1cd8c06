// backing.ts - what backs a Service: the pods its selector selects, and whether they declare its targetPorts.
//
// Kubernetes accepts a Service that nobody serves, and most such Services are typing mistakes. So these are warnings,
// never errors.
import { nearest } from '../manifest/suggest.js';
import type { Container, ContainerPort, KubeObject, Labels, Service, ServicePort } from '../model/objects.js';

/** A probable mistake, and its place in the Service. */
interface BackingFinding {
  /** `spec.selector`, `spec.ports[0].targetPort` */
  readonly field: string;
  readonly detail: string;
}

interface PodShape {
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
}

interface PodSpecLike {
  readonly containers?: readonly Container[] | null;
  readonly initContainers?: readonly Container[] | null;
}

/** Containers whose ports are open while the pod runs: the main ones, and sidecars (restartPolicy Always). */
export const servingContainers = (spec: PodSpecLike | undefined): readonly Container[] => [
  ...(spec?.containers ?? []),
  ...(spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always'),
];

const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? 'default';

/** A pod, or the pods that a workload creates; null for any other kind. */
function podShape(object: KubeObject): PodShape | null {
  const { template } = (object.spec ?? {}) as { template?: { metadata?: { labels?: Labels }; spec?: PodSpecLike } };
  if (object.kind !== 'Pod' && !template) return null;
  const [meta, spec] = template ? [template.metadata, template.spec] : [object.metadata, object.spec as PodSpecLike];
  const ports = servingContainers(spec).flatMap((container) => container.ports ?? []);
  return { namespace: namespaceOf(object), labels: meta?.labels ?? {}, ports };
}

const pairs = (labels: readonly [string, string][]): string => labels.map(([k, v]) => `${k}=${v}`).join(',');

/** The labels of the pod that comes closest to the selector, if any comes close. */
function meant(selector: readonly [string, string][], pods: readonly PodShape[]): string {
  const words = new Map(
    pods.map(({ labels }) => {
      const entries = Object.entries(labels).filter(([key]) => selector.some(([wanted]) => nearest(wanted, [key])));
      return [pairs(entries), entries.length];
    }),
  );
  const near = nearest(
    pairs(selector),
    [...words.keys()].filter((text) => text !== ''),
  );
  return near === undefined ? '' : `, did you mean ${near}?`;
}

function selectsNothing(
  selector: readonly [string, string][],
  namespace: string,
  pods: readonly PodShape[],
  where: string,
): BackingFinding {
  const has = ({ labels }: PodShape): boolean => selector.every(([key, value]) => labels[key] === value);
  const elsewhere = [...new Set(pods.filter(has).map((pod) => pod.namespace))].sort();
  const hint =
    elsewhere.length > 0
      ? `; pods of namespace ${elsewhere.join(', ')} have, but a Service selects pods of its own namespace, ${namespace}`
      : meant(
          selector,
          pods.filter((pod) => pod.namespace === namespace),
        );
  return { field: 'spec.selector', detail: `selects no pod: none ${where} has ${pairs(selector)}${hint}` };
}

const portText = ({ name, containerPort, protocol = 'TCP' }: ContainerPort): string =>
  name ? `${name} (${containerPort}/${protocol})` : `${containerPort}/${protocol}`;

/** A port that no selected pod declares. A pod that declares no ports may listen on any: only its image knows. */
function undeclared(port: ServicePort, pods: readonly PodShape[]): string | null {
  const { protocol = 'TCP' } = port;
  const target = port.targetPort || port.port;
  const names = ({ name, containerPort }: ContainerPort): boolean =>
    typeof target === 'string' ? name === target : containerPort === target;
  const declared = pods.flatMap(({ ports }) => ports);
  const same = declared.filter(names);
  if (same.some((one) => (one.protocol ?? 'TCP') === protocol)) return null;
  if (typeof target === 'number' && pods.some(({ ports }) => ports.length === 0)) return null;
  const what = typeof target === 'string' ? `a port named "${target}"` : `port ${target}`;
  const other = same[0] ? `, only for ${same[0].protocol ?? 'TCP'}` : '';
  const list = [...new Set(declared.map(portText))].join(', ');
  const known = list === '' ? 'they declare no port at all' : `they declare ${list}`;
  return `no pod that this Service selects declares ${what} for ${protocol}${other}; ${known}`;
}

/**
 * Probable mistakes in a Service: its selector selects nothing, or no selected pod declares a targetPort (number or
 * name). ExternalName Services and those without a selector have none.
 * @param objects pods and workloads of all namespaces; other kinds are ignored
 * @param where what to call the whole of `objects`: `in these manifests`, `in the lab`
 */
export function backingFindings(service: Service, objects: readonly KubeObject[], where: string): BackingFinding[] {
  const spec = service.spec ?? {};
  const selector = Object.entries(spec.selector ?? {});
  if (selector.length === 0 || spec.type === 'ExternalName') return [];
  const pods = objects.flatMap((object) => podShape(object) ?? []);
  const namespace = namespaceOf(service);
  const own = pods.filter(
    (pod) => pod.namespace === namespace && selector.every(([key, value]) => pod.labels[key] === value),
  );
  if (own.length === 0) return [selectsNothing(selector, namespace, pods, where)];
  return (spec.ports ?? []).flatMap((port, i) => {
    const detail = undeclared(port, own);
    return detail === null ? [] : [{ field: `spec.ports[${i}].targetPort`, detail }];
  });
}
