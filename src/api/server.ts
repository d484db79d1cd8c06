// server.ts - the API on a Unix socket that only its owner can open, or on a port of the loopback interface.
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { dirname } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Cluster } from '../cluster/cluster.js';
import type { PodRuntime } from '../lab/pods/runtime.js';
import { Fault } from '../model/fault.js';
import { createApp } from './app.js';
import { Door } from './dash/door.js';
import type { DataplaneView } from './dataplane.js';
import { listenForMetrics, type MetricsAddress } from './metricslistener.js';
import { type SecureListener, senderOf } from './secure/listener.js';
import { ADMIN } from './secure/users.js';
import { serveUpgrades } from './streams/upgrade.js';

/** Where the API listens. */
type ApiServerOptions =
  /** Path of the socket; its directory is made if it is missing. */
  | { readonly socketPath: string }
  /** TCP on 127.0.0.1; 0 = any free port. Whoever reaches it may do anything: for tests and for real kubectl. */
  | { readonly port: number };

interface ApiServerParts {
  readonly dataplane?: DataplaneView | undefined;
  /** The same API over HTTPS. */
  readonly secure?: SecureListener | undefined;
  /** The nodes on which pods run; absent: none can be reached. */
  readonly runtime?: PodRuntime | undefined;
  /** Where metrics and health are served besides, for whoever asks. */
  readonly metrics?: MetricsAddress | undefined;
}

export interface ApiServer {
  /** Path of the socket, or `http://127.0.0.1:PORT`. */
  readonly address: string;
  /** The port of metrics; null: they have none of their own. */
  readonly metricsPort: number | null;
  /** Ends watches too. */
  close(): Promise<void>;
}

/** Throws Fault LAB_RUNNING if someone already answers on the socket. A dead socket is replaced. */
export async function createApiServer(
  cluster: Cluster,
  options: ApiServerOptions,
  { dataplane, secure, runtime, metrics }: ApiServerParts = {},
): Promise<ApiServer> {
  const parts = { cluster, runtime, draw: Math.random };
  const door = new Door({ ...parts, dataplane, app: () => app });
  const app = createApp(cluster, { dataplane, access: secure?.access, door, ...parts });
  const server = createServer(getRequestListener(app.fetch));
  serveUpgrades(server, parts, async () => ADMIN);
  if (secure) {
    cluster.publishCertificate(secure.access.authority.ca.certificate);
    secure.serve(app);
    serveUpgrades(secure.server, parts, (request) => senderOf(request, secure.access.authenticator));
  }
  const measured = metrics ? await listenForMetrics(app, metrics) : null;
  const metricsPort = measured?.port ?? null;
  const end = async (): Promise<void> => {
    measured?.close();
    door.close();
    await close(server);
  };
  if ('port' in options) {
    await listen(server, { port: options.port, host: '127.0.0.1' });
    const { port } = server.address() as AddressInfo;
    return { address: `http://127.0.0.1:${port}`, metricsPort, close: end };
  }
  await listenOnSocket(server, options.socketPath);
  return { address: options.socketPath, metricsPort, close: end };
}

async function listenOnSocket(server: Server, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (await answers(path))
    throw new Fault(
      'LAB_RUNNING',
      `a lab is running already: ${path}`,
      'End it with kubewire down, or give another --name.',
    );
  rmSync(path, { force: true });
  // The file must never be open to others, not even between its making and a chmod. It is made within this call.
  const mask = process.umask(0o177);
  let listening: Promise<void>;
  try {
    listening = listen(server, { path });
  } finally {
    process.umask(mask);
  }
  await listening;
  chmodSync(path, 0o600);
}

/** True if a process accepts connections on the socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listen(server: Server, where: { port: number; host: string } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
