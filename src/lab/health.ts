// health.ts - healthCheckNodePort: an HTTP server in every node's namespace that reports its number of ready endpoints.
//
// Path, status, headers and body match kube-proxy's service health server (pkg/proxy/healthcheck/service_health.go).
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Health } from '../topology/balancer.js';

/** Opens a listening TCP socket in a node's namespace. Throws if the port is taken. */
type Listen = (node: string, address: string, port: number) => number;

/** kube-proxy listens on every address of both families unless nodePortAddresses says otherwise. */
const ADDRESSES = ['0.0.0.0', '::'] as const;

interface Open {
  readonly servers: Server[];
  health: Health;
}

/** Indented with tabs and without a final newline, like kube-proxy; `serviceProxyHealthy` is true while we run. */
function answer(response: ServerResponse, health: Health, node: string): void {
  const count = health.ready.get(node) ?? 0;
  const service = { namespace: health.namespace, name: health.name };
  const body = JSON.stringify({ service, localEndpoints: count, serviceProxyHealthy: true }, null, '\t');
  response.writeHead(count > 0 ? 200 : 503, {
    'Content-Type': 'application/json',
    'X-Content-Type-Options': 'nosniff',
    'X-Load-Balancing-Endpoint-Weight': String(count),
  });
  response.end(body);
}

export class HealthServers {
  readonly #open = new Map<string, Open>();
  readonly #listen: Listen;

  constructor(listen: Listen) {
    this.#listen = listen;
  }

  /** Opens, closes and updates servers until these nodes answer these checks. Returns what could not be opened. */
  update(checks: readonly Health[], nodes: readonly string[]): string[] {
    const failures: string[] = [];
    const wanted = new Set<string>();
    for (const node of nodes) {
      for (const health of checks) {
        const key = `${node} ${health.port}`;
        wanted.add(key);
        const known = this.#open.get(key);
        if (known) known.health = health;
        else this.#start(key, node, health, failures);
      }
    }
    for (const [key, { servers }] of this.#open) {
      if (wanted.has(key)) continue;
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      this.#open.delete(key);
    }
    return failures;
  }

  #start(key: string, node: string, health: Health, failures: string[]): void {
    const entry: Open = { health, servers: [] };
    this.#open.set(key, entry);
    for (const address of ADDRESSES) {
      try {
        const fd = this.#listen(node, address, health.port);
        const server = createServer((_, response) => answer(response, entry.health, node));
        server.on('error', () => server.close());
        server.listen({ fd });
        server.unref();
        entry.servers.push(server);
      } catch (error) {
        failures.push(`health check port ${health.port} on ${node}: ${(error as Error).message}`);
      }
    }
  }

  close(): void {
    this.update([], []);
  }
}
