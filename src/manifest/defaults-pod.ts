// defaults-pod.ts - defaulting of a pod's spec, in a Pod and in the template of a workload.

type Draft = Record<string, unknown>;

const SPEC = {
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
};

const CONTAINER = {
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};

const PROBE = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

function fill(object: Draft, values: Draft): void {
  for (const [key, value] of Object.entries(values)) object[key] ??= structuredClone(value);
}

const list = (object: Draft, key: string): Draft[] => (object[key] ?? []) as Draft[];

/** `Always` for an image without a tag or with `latest`, unless a digest pins it. */
function pullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: Draft): void {
  fill(probe, PROBE);
  const http = probe.httpGet as Draft | undefined;
  if (http) fill(http, { path: '/', scheme: 'HTTP' });
  const grpc = probe.grpc as Draft | undefined;
  if (grpc) fill(grpc, { service: '' });
}

function defaultContainer(container: Draft, hostNetwork: boolean): void {
  fill(container, CONTAINER);
  container.imagePullPolicy ??= pullPolicy(String(container.image ?? ''));
  for (const port of list(container, 'ports')) {
    port.protocol ||= 'TCP';
    if (hostNetwork && !port.hostPort) port.hostPort = port.containerPort;
  }
  for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[key]) defaultProbe(container[key] as Draft);
  }
  for (const variable of list(container, 'env')) {
    const reference = (variable.valueFrom as Draft | undefined)?.fieldRef as Draft | undefined;
    if (reference) reference.apiVersion ||= 'v1';
  }
}

/** Mode of the files of volumes that show objects of the API: 0644. */
const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3600;

function defaultVolume(volume: Draft): void {
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected'])
    if (volume[source]) fill(volume[source] as Draft, { defaultMode: FILE_MODE });
  if (volume.hostPath) fill(volume.hostPath as Draft, { type: '' });
  for (const { serviceAccountToken } of list((volume.projected ?? {}) as Draft, 'sources'))
    if (serviceAccountToken) fill(serviceAccountToken as Draft, { expirationSeconds: TOKEN_SECONDS });
  for (const { downwardAPI } of list((volume.projected ?? {}) as Draft, 'sources')) defaultReferences(downwardAPI);
  defaultReferences(volume.downwardAPI);
}

function defaultReferences(source: unknown): void {
  for (const { fieldRef } of list((source ?? {}) as Draft, 'items'))
    if (fieldRef) fill(fieldRef as Draft, { apiVersion: 'v1' });
}

/** What a container asks for, where it has a limit and says nothing else. */
function defaultRequests(container: Draft): void {
  const resources = container.resources as { limits?: Draft; requests?: Draft } | undefined;
  if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
}

/** What is filled in for a pod, and not in the template of one. */
export function defaultPodAlone(spec: Draft): void {
  fill(spec, { enableServiceLinks: true });
  for (const container of [...list(spec, 'containers'), ...list(spec, 'initContainers')]) defaultRequests(container);
}

/** Fills in the spec in place. */
export function defaultPodSpec(spec: Draft): void {
  fill(spec, SPEC);
  for (const volume of list(spec, 'volumes')) defaultVolume(volume);
  const hostNetwork = spec.hostNetwork === true;
  for (const container of list(spec, 'containers')) defaultContainer(container, hostNetwork);
  for (const container of list(spec, 'initContainers')) defaultContainer(container, hostNetwork);
}
