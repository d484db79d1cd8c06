// links.ts - the links of a lab that misbehave: kept up with its objects, or refused where the kernel carries the packets.
import type { Cluster } from '../cluster/cluster.js';
import type { Cleanup } from '../lab/host/cleanup.js';
import { Links } from '../lab/links/links.js';
import { linkIssues } from '../lab/links/spec.js';
import { forbidden } from '../manifest/validate/field-error.js';
import type { EmulatorOptions } from './options.js';
import type { Plane } from './plane.js';

const BY_THE_KERNEL =
  'the kernel carries the packets of this lab, and it does not let links misbehave: start the lab with --dataplane kubewire';

/** Kinds on which the ends of a link depend. */
const KINDS = ['Link', 'Pod', 'Service'] as const;

/** Null if the kernel carries the packets. Links are then refused when they are written. */
export function startLinks(
  options: EmulatorOptions,
  { store }: Cluster,
  { link }: Plane,
  cleanup: Cleanup,
): Links | null {
  store.admit('Link', (object) => (link ? linkIssues(object) : [forbidden('spec', BY_THE_KERNEL)]));
  if (!link) return null;
  const { topology, clock } = options;
  const links = new Links({ topology, clock, link, list: (kind) => store.list(kind) });
  for (const kind of KINDS) cleanup.add(store.watch(() => links.changed(), kind));
  cleanup.add(() => links.close());
  return links;
}
