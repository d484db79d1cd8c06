// environment.ts - the part of this machine's environment that programs of a pod have.
import { MARK_NAME } from '../host/mark.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that lead programs out of the lab: to another cluster, or through a proxy. */
const LEADS_AWAY = /^(KUBECONFIG|[a-z]+_proxy)$/i;

export const withinLab = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !LEADS_AWAY.test(name)));

/**
 * @param mark the lab's mark (host/mark.ts)
 * @param more variables in addition to this process' own
 */
export const machineEnvironment = (mark: string, more: Environment = {}): Environment => ({
  ...withinLab(process.env),
  ...more,
  [MARK_NAME]: mark,
});
