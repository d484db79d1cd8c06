// containers.ts - containers and volumes as text, inside a Pod or a template of Pods.
import type { Container, ContainerPort, Pod } from '../../../model/objects.js';
import { formatQuantity, parseQuantity } from '../../../model/quantity.js';
import { type Description, longTime } from './text.js';

interface KeyRef {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly apiVersion?: string; readonly fieldPath: string };
    readonly resourceFieldRef?: { readonly resource: string };
    readonly secretKeyRef?: KeyRef;
    readonly configMapKeyRef?: KeyRef;
  };
}

interface Probe {
  readonly exec?: { readonly command?: readonly string[] };
  readonly httpGet?: {
    readonly scheme?: string;
    readonly host?: string;
    readonly port: unknown;
    readonly path?: string;
  };
  readonly tcpSocket?: { readonly host?: string; readonly port: unknown };
  readonly grpc?: { readonly port: number; readonly service?: string };
  readonly [attribute: string]: unknown;
}

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

interface Detailed extends Container {
  env?: EnvVar[];
  envFrom?: { prefix?: string; configMapRef?: KeyRef; secretRef?: KeyRef }[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  volumeMounts?: Mount[];
}

interface State {
  readonly running?: { readonly startedAt?: string };
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: {
    readonly reason?: string;
    readonly message?: string;
    readonly exitCode?: number;
    readonly signal?: number;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly state?: State;
  readonly lastState?: State;
  readonly ready?: boolean;
  readonly restartCount?: number;
}

function describePorts(
  text: Description,
  title: string,
  ports: readonly ContainerPort[],
  field: 'containerPort' | 'hostPort',
): void {
  const list = ports.map(
    (port) => `${port[field] ?? 0}/${port.protocol ?? 'TCP'}${port.name ? ` (${port.name})` : ''}`,
  );
  text.line(2, `${title}${list.length > 1 ? 's' : ''}:\t${list.join(', ') || '<none>'}`);
}

function describeState(text: Description, title: string, { running, terminated, waiting }: State): void {
  if (running) {
    text.line(2, `${title}:\tRunning`);
    text.line(3, `Started:\t${longTime(running.startedAt)}`);
  } else if (terminated) {
    text.line(2, `${title}:\tTerminated`);
    text.optional(3, 'Reason', terminated.reason);
    text.optional(3, 'Message', terminated.message);
    text.line(3, `Exit Code:\t${terminated.exitCode ?? 0}`);
    text.optional(3, 'Signal', terminated.signal || undefined);
    text.line(3, `Started:\t${longTime(terminated.startedAt)}`);
    text.line(3, `Finished:\t${longTime(terminated.finishedAt)}`);
  } else {
    text.line(2, `${title}:\tWaiting`);
    text.optional(3, 'Reason', waiting?.reason);
  }
}

function describeStatus(text: Description, status: ContainerStatus): void {
  describeState(text, 'State', status.state ?? {});
  if (status.lastState?.terminated) describeState(text, 'Last State', status.lastState);
  text.line(2, `Ready:\t${status.ready ? 'True' : 'False'}`);
  text.line(2, `Restart Count:\t${status.restartCount ?? 0}`);
}

function describeResources(text: Description, resources: Detailed['resources']): void {
  for (const [title, list] of [
    ['Limits', resources?.limits],
    ['Requests', resources?.requests],
  ] as const) {
    const names = Object.keys(list ?? {}).sort();
    if (names.length > 0) text.line(2, `${title}:`);
    for (const name of names) text.line(3, `${name}:\t${formatQuantity(parseQuantity(list?.[name]))}`);
  }
}

/** The API server's defaults, for objects that never went through one. */
function probeText(probe: Probe): string {
  const number = (field: string, otherwise: number): unknown => probe[field] ?? otherwise;
  const attributes =
    `delay=${number('initialDelaySeconds', 0)}s timeout=${number('timeoutSeconds', 1)}s period=${number('periodSeconds', 10)}s ` +
    `#success=${number('successThreshold', 1)} #failure=${number('failureThreshold', 3)}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec) return `exec [${(exec.command ?? []).join(' ')}] ${attributes}`;
  if (httpGet) {
    const path = httpGet.path ?? '';
    const rooted = path === '' || path.startsWith('/') ? path : `/${path}`;
    return `http-get ${(httpGet.scheme ?? 'HTTP').toLowerCase()}://${httpGet.host ?? ''}:${httpGet.port}${rooted} ${attributes}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port} ${attributes}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${attributes}`;
  return `unknown ${attributes}`;
}

/** The value of a field reference in this Pod; nothing in a template. */
function fieldValue(pod: Pod | undefined, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return pod?.metadata[keyed[1] as 'labels']?.[keyed[2] ?? ''] ?? '';
  const value = path
    .split('.')
    .reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], pod);
  return typeof value === 'string' ? value : '';
}

function envText({ name, value = '', valueFrom }: EnvVar, pod: Pod | undefined): string[] {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom ?? {};
  if (fieldRef)
    return [`${name}:\t${fieldValue(pod, fieldRef.fieldPath)} (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`];
  if (resourceFieldRef) return [`${name}:\t (${resourceFieldRef.resource})`];
  if (secretKeyRef) {
    return [
      `${name}:\t<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional ?? false}`,
    ];
  }
  if (configMapKeyRef) {
    return [
      `${name}:\t<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>\tOptional: ${configMapKeyRef.optional ?? false}`,
    ];
  }
  const [first = '', ...rest] = value.split('\n');
  return [`${name}:\t${first}`, ...rest.map((line) => `\t${line}`)];
}

function describeEnvironment(text: Description, container: Detailed, pod: Pod | undefined): void {
  if (container.envFrom?.length) {
    text.line(2, 'Environment Variables from:');
    for (const { prefix, configMapRef, secretRef } of container.envFrom) {
      const { name = '', optional = false } = configMapRef ?? secretRef ?? {};
      const kind = configMapRef ? 'ConfigMap' : 'Secret';
      text.line(3, `${name}\t${kind}${prefix ? ` with prefix '${prefix}'` : ''}\tOptional: ${optional}`);
    }
  }
  const env = container.env ?? [];
  text.line(2, `Environment:${env.length === 0 ? '\t<none>' : ''}`);
  for (const line of env.flatMap((one) => envText(one, pod))) text.line(3, line);
}

function describeMounts(text: Description, mounts: readonly Mount[]): void {
  text.line(2, `Mounts:${mounts.length === 0 ? '\t<none>' : ''}`);
  for (const { name, mountPath, readOnly, subPath } of [...mounts].sort((a, b) =>
    a.mountPath < b.mountPath ? -1 : 1,
  )) {
    const flags = [readOnly ? 'ro' : 'rw', ...(subPath ? [`path=${JSON.stringify(subPath)}`] : [])];
    text.line(3, `${mountPath} from ${name} (${flags.join(',')})`);
  }
}

/** @param space the indent of the title: nothing in a Pod, two spaces in a template */
export function describeContainers(
  text: Description,
  title: string,
  containers: readonly Container[],
  space: string,
  pod?: Pod,
  statuses: readonly ContainerStatus[] = [],
): void {
  text.line(0, `${space}${title}:${containers.length === 0 ? ' <none>' : ''}`);
  for (const container of containers as readonly Detailed[]) {
    const status = statuses.find(({ name }) => name === container.name);
    text.line(1, `${space === '' ? '' : ' '}${container.name}:`);
    if (status) text.line(2, `Container ID:\t${status.containerID ?? ''}`);
    text.line(2, `Image:\t${container.image ?? ''}`);
    if (status) text.line(2, `Image ID:\t${status.imageID ?? ''}`);
    describePorts(text, 'Port', container.ports ?? [], 'containerPort');
    describePorts(text, 'Host Port', container.ports ?? [], 'hostPort');
    for (const [what, words] of [
      ['Command', container.command],
      ['Args', container.args],
    ] as const) {
      if (words?.length) text.line(2, `${what}:`);
      for (const line of (words ?? []).flatMap((word) => word.split('\n'))) text.line(3, line);
    }
    if (status) describeStatus(text, status);
    describeResources(text, container.resources);
    for (const [what, probe] of [
      ['Liveness', container.livenessProbe],
      ['Readiness', container.readinessProbe],
      ['Startup', container.startupProbe],
    ] as const) {
      if (probe) text.line(2, `${what}:\t${probeText(probe)}`);
    }
    describeEnvironment(text, container, pod);
    describeMounts(text, container.volumeMounts ?? []);
  }
}
