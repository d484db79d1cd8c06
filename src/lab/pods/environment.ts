// environment.ts - the environment variables of a program that runs in a pod.
import { MARK_NAME } from '../host/mark.js';
import type { PodIdentity } from './answer.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Port of Service default/kubernetes. */
const API_PORT = '443';

/**
 * @param mark the lab's mark (host/mark.ts)
 * @param api the address of Service default/kubernetes
 * @param more variables in addition to this process' own
 */
export const podEnvironment =
  (mark: string, api: string, more: Environment = {}) =>
  ({ pod, namespace, node }: PodIdentity): Environment => ({
    ...process.env,
    ...more,
    [MARK_NAME]: mark,
    HOSTNAME: pod,
    POD_NAME: pod,
    POD_NAMESPACE: namespace,
    NODE_NAME: node,
    KUBERNETES_SERVICE_HOST: api,
    KUBERNETES_SERVICE_PORT: API_PORT,
    KUBERNETES_SERVICE_PORT_HTTPS: API_PORT,
  });
