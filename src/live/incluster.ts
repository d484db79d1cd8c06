// incluster.ts - how a pod reaches the API server of its own cluster, as client-go's InClusterConfig.
import { existsSync } from 'node:fs';
import { urlHost } from '../model/address.js';
import type { Target } from './kubeconfig.js';

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Null outside of pods, and in those without a token. */
export function targetInside({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }: NodeJS.ProcessEnv) {
  if (!host || !port || !existsSync(`${FOLDER}/token`)) return null;
  const target: Target = {
    context: 'in-cluster',
    server: `https://${urlHost(host)}:${port}`,
    authority: { file: `${FOLDER}/ca.crt` },
    insecure: false,
    serverName: undefined,
    proxy: undefined,
    certificate: null,
    key: null,
    token: { file: `${FOLDER}/token` },
    basic: null,
    exec: null,
    impersonate: [],
  };
  return target;
}
