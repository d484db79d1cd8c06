// metricslistener.ts - what kube-proxy serves at --metrics-bind-address: metrics, health, mode and configuration, to read.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { Fault } from '../model/fault.js';

export interface MetricsAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

const SERVED = /^\/(metrics|proxyMode|configz|healthz|livez|readyz)$/;

/** Answers GET of these paths, and nothing else of the API. Throws Fault USAGE if the address cannot be had. */
export async function listenForMetrics(
  app: Hono,
  { host, port }: MetricsAddress,
): Promise<{ readonly port: number; close(): void }> {
  const answer = (request: Request): Response | Promise<Response> => {
    const { pathname, origin } = new URL(request.url);
    if (request.method !== 'GET' || !SERVED.test(pathname))
      return new Response('404 page not found\n', { status: 404 });
    return app.fetch(new Request(`${origin}${pathname}`));
  };
  const server = createServer(getRequestListener(answer));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const remedy = 'Give another --metrics-bind-address.';
      reject(new Fault('USAGE', `metrics cannot be served at ${host} port ${port}: ${error.code}`, remedy));
    });
    server.listen(port, host, resolve);
  });
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}
