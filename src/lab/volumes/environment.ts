// environment.ts - the environment variables of a container, as a kubelet makes them: of Services, and of its spec.
import { formatEndpoint } from '../../model/address.js';
import type { Container, KubeObject, Pod, Service } from '../../model/objects.js';
import { type FieldRef, fieldValue, type ResourceFieldRef, resourceValue } from './fields.js';
import { dataOf, type VolumeWorld } from './sources.js';

interface KeyRef {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

interface EnvVar {
  readonly name?: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: FieldRef;
    readonly resourceFieldRef?: ResourceFieldRef;
    readonly configMapKeyRef?: KeyRef;
    readonly secretKeyRef?: KeyRef;
  };
}

interface EnvFrom {
  readonly prefix?: string;
  readonly configMapRef?: { readonly name?: string; readonly optional?: boolean };
  readonly secretRef?: { readonly name?: string; readonly optional?: boolean };
}

interface EnvironmentWorld extends Pick<VolumeWorld, 'get'> {
  readonly services: (namespace: string) => readonly Service[];
}

interface Made {
  readonly env: Readonly<Record<string, string>>;
  /** What is not there and must be, in sentences. */
  readonly problems: readonly string[];
}

const variable = (name: string): string => name.toUpperCase().replaceAll('-', '_');

/** The variables of one Service (k8s.io/kubernetes/pkg/kubelet/envvars). */
function serviceVariables({ metadata, spec }: Service): [string, string][] {
  const { clusterIP = '', ports = [] } = spec;
  const [first] = ports;
  if (clusterIP === '' || clusterIP === 'None' || !first) return [];
  const name = variable(metadata.name);
  const url = (protocol: string, port: number): string =>
    `${protocol.toLowerCase()}://${formatEndpoint(clusterIP, port)}`;
  return [
    [`${name}_SERVICE_HOST`, clusterIP],
    [`${name}_SERVICE_PORT`, String(first.port)],
    ...ports.flatMap((port): [string, string][] =>
      port.name ? [[`${name}_SERVICE_PORT_${variable(port.name)}`, String(port.port)]] : [],
    ),
    [`${name}_PORT`, url(first.protocol ?? 'TCP', first.port)],
    ...ports.flatMap(({ protocol = 'TCP', port }): [string, string][] => {
      const prefix = `${name}_PORT_${port}_${protocol}`;
      return [
        [prefix, url(protocol, port)],
        [`${prefix}_PROTO`, protocol.toLowerCase()],
        [`${prefix}_PORT`, String(port)],
        [`${prefix}_ADDR`, clusterIP],
      ];
    }),
  ];
}

/** Services that were there when the pod started; that of the API server is always among them. */
function linked(pod: Pod, { services }: EnvironmentWorld): Service[] {
  const { namespace = 'default' } = pod.metadata;
  const started = pod.status?.startTime ?? '9';
  const known = pod.spec.enableServiceLinks === false ? [] : services(namespace);
  const api = services('default').filter(({ metadata }) => metadata.name === 'kubernetes');
  const old = known.filter(({ metadata }) => (metadata.creationTimestamp ?? '') <= started);
  return [...new Set([...api, ...old])];
}

/** `$(NAME)` → its value; `$$(NAME)` → `$(NAME)`; unknown names stay as they are (core/v1 EnvVar). */
export const expand = (text: string, known: ReadonlyMap<string, string>): string =>
  text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name?: string) =>
    whole === '$$' ? '$' : (known.get(name ?? '') ?? whole),
  );

/** Variables may begin so (core/v1: relaxed names are printable and without "="). */
const isName = (name: string): boolean => /^[^=\s][^=]*$/.test(name);

function fromAll(pod: Pod, { get }: EnvironmentWorld, from: EnvFrom, problems: string[]): [string, string][] {
  const [kind, ref] = from.secretRef
    ? (['Secret', from.secretRef] as const)
    : (['ConfigMap', from.configMapRef] as const);
  const object: KubeObject | undefined = get(kind, pod.metadata.namespace ?? 'default', ref?.name ?? '');
  if (!object && !ref?.optional) problems.push(`${kind.toLowerCase()} "${ref?.name ?? ''}" not found`);
  const data = object ? [...dataOf(object)] : [];
  return data.map(([key, bytes]): [string, string] => [`${from.prefix ?? ''}${key}`, bytes.toString()]);
}

function fromKey(pod: Pod, { get }: EnvironmentWorld, kind: string, ref: KeyRef, problems: string[]): string | null {
  const object = get(kind, pod.metadata.namespace ?? 'default', ref.name ?? '');
  const bytes = object && dataOf(object).get(ref.key ?? '');
  if (bytes) return bytes.toString();
  const what = object
    ? `couldn't find key ${ref.key ?? ''} in ${kind}`
    : `${kind.toLowerCase()} "${ref.name ?? ''}" not found`;
  if (!ref.optional) problems.push(what);
  return null;
}

function variableValue(
  pod: Pod,
  container: Container,
  world: EnvironmentWorld,
  { value, valueFrom }: EnvVar,
  problems: string[],
): string | null {
  if (!valueFrom) return value ?? '';
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) return fieldValue(pod, fieldRef.fieldPath ?? '');
  if (configMapKeyRef) return fromKey(pod, world, 'ConfigMap', configMapKeyRef, problems);
  if (secretKeyRef) return fromKey(pod, world, 'Secret', secretKeyRef, problems);
  const { containerName } = resourceFieldRef ?? {};
  const named = containerName ? pod.spec.containers.find(({ name }) => name === containerName) : container;
  return resourceValue(named, resourceFieldRef ?? {});
}

/** Later ones win: Services, envFrom, env. */
export function containerEnvironment(pod: Pod, container: Container, world: EnvironmentWorld): Made {
  const problems: string[] = [];
  const known = new Map<string, string>(linked(pod, world).flatMap(serviceVariables));
  for (const from of (container.envFrom ?? []) as readonly EnvFrom[])
    for (const [name, value] of fromAll(pod, world, from, problems)) if (isName(name)) known.set(name, value);
  for (const one of (container.env ?? []) as readonly EnvVar[]) {
    const value = variableValue(pod, container, world, one, problems);
    if (value !== null && one.name) known.set(one.name, one.valueFrom ? value : expand(value, known));
  }
  return { env: Object.fromEntries(known), problems };
}
