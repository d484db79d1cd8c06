// defaults-pod.ts - defaulting of a pod's spec, in a Pod and in the template of a workload.

type Draft = Record<string, unknown>;

const SPEC = {
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
  enableServiceLinks: true,
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

/** Fills in the spec in place. */
export function defaultPodSpec(spec: Draft): void {
  fill(spec, SPEC);
  const hostNetwork = spec.hostNetwork === true;
  for (const container of list(spec, 'containers')) defaultContainer(container, hostNetwork);
  for (const container of list(spec, 'initContainers')) defaultContainer(container, hostNetwork);
}
