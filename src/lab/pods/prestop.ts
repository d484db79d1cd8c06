// prestop.ts - how long a deleted pod keeps serving before it is told to stop: the preStop hooks that sleep.
import type { Container, Pod } from '../../model/objects.js';

interface Hook {
  readonly sleep?: { readonly seconds?: number };
  readonly exec?: { readonly command?: readonly string[] };
}

/** Seconds that a pod may take to end when nothing else is said (core/v1 defaults). */
const DEFAULT_GRACE = 30;

/** `sleep 5`, also inside a shell: the idiom from before there was a sleep hook. Other commands take no time here. */
function sleepOf({ sleep, exec }: Hook): number {
  if (sleep) return sleep.seconds ?? 0;
  const match = /^sleep (\d+)$/.exec((exec?.command ?? []).join(' ').replace(/^\S*sh -c /, ''));
  return match ? Number(match[1]) : 0;
}

function hookOf(container: Container): Hook {
  const { preStop = {} } = (container.lifecycle ?? {}) as { preStop?: Hook };
  return preStop;
}

/** Milliseconds; never more than the time that the pod has left to end. */
export function preStopMs({ metadata, spec }: Pod): number {
  const grace = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE;
  const longest = Math.max(0, ...spec.containers.map((container) => sleepOf(hookOf(container))));
  return 1000 * Math.min(longest, Number(grace));
}
