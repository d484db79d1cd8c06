// suites.ts - the list of suites. Each is a file in the suites folder, loaded only when needed.
import type { Suite } from './suite.js';

/** In the order in which they run. */
const NAMES = [
  'lookup',
  'flows',
  'flood',
  'sync',
  'scale',
  'throughput',
  'floor',
  'balance',
  'swap',
  'smoke',
  'names',
  'stages',
  'api',
] as const;

const load = async (name: string): Promise<Suite> =>
  ((await import(`./suites/${name}.js`)) as { readonly suite: Suite }).suite;

/** Name → how to load it: each has dependencies of its own. */
export const SUITES: Readonly<Record<string, () => Promise<Suite>>> = Object.fromEntries(
  NAMES.map((name) => [name, () => load(name)]),
);
