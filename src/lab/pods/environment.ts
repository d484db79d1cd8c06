// environment.ts - what a program that runs in a pod finds in its environment.
import { MARK_NAME } from '../host/mark.js';
import type { PodIdentity } from './answer.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Port of Service default/kubernetes. */
const API_PORT = '443';

/**
 * @param mark of the lab (host/mark.ts)
 * @param api address of Service default/kubernetes
 * @param more variables beside this process' own
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
