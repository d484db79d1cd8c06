// probes.ts - the probes of a container as core/v1 has them: with its defaults, and with ports by number.
import type { Container } from '../model/objects.js';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

interface HttpGet {
  readonly path?: string;
  readonly port?: number | string;
  readonly host?: string;
  readonly scheme?: string;
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
}

interface ProbeSpec {
  readonly httpGet?: HttpGet;
  readonly tcpSocket?: { readonly port?: number | string; readonly host?: string };
  readonly exec?: { readonly command?: readonly string[] };
  readonly grpc?: { readonly port?: number; readonly service?: string };
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

/** What a probe asks. `host` is '' for the pod's own address. */
export type ProbeAction =
  | {
      readonly type: 'http';
      readonly host: string;
      readonly port: number;
      readonly path: string;
      readonly tls: boolean;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'grpc'; readonly port: number; readonly service: string }
  | { readonly type: 'exec'; readonly command: readonly string[] };

/** Times in milliseconds. */
export interface Probe {
  readonly kind: ProbeKind;
  readonly action: ProbeAction;
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly periodMs: number;
  readonly successes: number;
  readonly failures: number;
}

/** The number of a port that is given by number or by name; 0 when the container has none of that name. */
function portOf(container: Container, port: number | string | undefined): number {
  if (typeof port === 'number') return port;
  if (port !== undefined && /^\d+$/.test(port)) return Number(port);
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? 0;
}

/** What a probe or a hook of the container does; null when it does nothing. */
export function actionOf(container: Container, { httpGet, tcpSocket, exec, grpc }: ProbeSpec): ProbeAction | null {
  if (httpGet) {
    const { path = '/', host = '', scheme = 'HTTP', httpHeaders = [] } = httpGet;
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
    return { type: 'http', host, port: portOf(container, httpGet.port), path, tls: scheme === 'HTTPS', headers };
  }
  if (tcpSocket) return { type: 'tcp', host: tcpSocket.host ?? '', port: portOf(container, tcpSocket.port) };
  if (grpc) return { type: 'grpc', port: grpc.port ?? 0, service: grpc.service ?? '' };
  return exec ? { type: 'exec', command: exec.command ?? [] } : null;
}

const KINDS: readonly ProbeKind[] = ['startup', 'liveness', 'readiness'];

/** The probes that a container has. */
export function probesOf(container: Container): Probe[] {
  return KINDS.flatMap((kind) => {
    const spec = container[`${kind}Probe`] as ProbeSpec | undefined;
    const action = spec && actionOf(container, spec);
    if (!action) return [];
    const { initialDelaySeconds = 0, timeoutSeconds = 1, periodSeconds = 10 } = spec;
    return [
      {
        kind,
        action,
        delayMs: 1000 * initialDelaySeconds,
        timeoutMs: 1000 * timeoutSeconds,
        periodMs: 1000 * periodSeconds,
        successes: spec.successThreshold ?? 1,
        failures: spec.failureThreshold ?? 3,
      },
    ];
  });
}

/** Ports of the pod itself that its probes ask: whoever wrote them knows that something listens there. */
export const probedPorts = (container: Container): number[] =>
  probesOf(container).flatMap(({ action }) =>
    action.type === 'exec' || action.port === 0 || ('host' in action && action.host !== '') ? [] : [action.port],
  );
