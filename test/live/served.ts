// served.ts - the API of a cluster over HTTPS, as `kubewire api` serves it, and the kubeconfig that leads there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigOf } from '../../src/api/secure/kubeconfig.js';
import { type Access, listenSecurely } from '../../src/api/secure/listener.js';
import { createApiServer } from '../../src/api/server.js';
import { type Cluster, createCluster } from '../../src/cluster/cluster.js';
import { type Target, targetIn } from '../../src/live/kubeconfig.js';

export interface Served {
  readonly cluster: Cluster;
  readonly access: Access;
  /** Where the kubeconfig and what it names may be written. */
  readonly folder: string;
  readonly target: Target;
  /** Method of each request that came over HTTPS. */
  readonly verbs: string[];
  /** Ends every connection, watches too. */
  cut(): void;
  close(): Promise<void>;
}

/** Bearer tokens that are let in, beside the kubeconfig's own. */
const TOKENS = ['let-me-in', 'let-me-in-again'];

export async function serve(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-live-'));
  const cluster = createCluster({ recorded: true });
  const tokens = new Map(TOKENS.map((token) => [token, { username: 'ann', groups: ['system:masters'] }]));
  const secure = await listenSecurely({ port: 0, host: '127.0.0.1', names: [], tokens, clock: () => new Date() });
  const server = await createApiServer(cluster, { socketPath: join(folder, 'api.sock') }, { secure });
  const verbs: string[] = [];
  secure.server.on('request', ({ method = '' }) => verbs.push(method));
  const file = join(folder, 'config');
  return {
    cluster,
    access: secure.access,
    folder,
    target: targetIn(JSON.stringify(kubeconfigOf(secure.access, 'lab')), file, undefined),
    verbs,
    cut: () => secure.server.closeAllConnections(),
    close: async () => {
      await secure.close();
      await server.close();
      cluster.close();
      rmSync(folder, { recursive: true });
    },
  };
}
