// prestop.ts - what a deleted pod does before it is told to stop: its preStop hooks, really run, within its grace period.
import type { Container, Pod } from '../../model/objects.js';
import { actionOf, type ProbeAction } from '../../topology/probes.js';
import { askOnce, type ProbePlace } from './probing.js';

type Hook = Parameters<typeof actionOf>[1] & { readonly sleep?: { readonly seconds?: number } };

/** Seconds that a pod may take to end when nothing else is said (core/v1 defaults). */
const DEFAULT_GRACE = 30;

const hookOf = ({ lifecycle = {} }: Container): Hook | undefined => (lifecycle as { preStop?: Hook }).preStop;

/** Milliseconds that a deleted pod may take to end. */
export const graceMs = ({ metadata, spec }: Pod): number =>
  1000 * Number(metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE);

interface PreStopDoings {
  readonly place: (container: Container) => ProbePlace;
  /** A hook that failed, which keeps nobody from stopping. */
  readonly failed: (container: Container, problem: string) => void;
  /** Resolves after so many milliseconds, or as soon as nobody wants to wait. */
  readonly pause: (ms: number) => Promise<unknown>;
}

async function run(container: Container, hook: Hook, leftMs: number, doings: PreStopDoings): Promise<void> {
  const { place, failed, pause } = doings;
  if (hook.sleep) return void (await pause(Math.min(leftMs, 1000 * (hook.sleep.seconds ?? 0))));
  const action: ProbeAction | null = actionOf(container, hook);
  if (!action) return;
  const problem = await Promise.race([
    askOnce({ action, timeoutMs: leftMs }, place(container)),
    pause(leftMs).then(() => ''),
  ]);
  if (problem !== '') failed(container, problem);
}

/** Runs the hooks of all containers at the same time. The pod keeps serving until they are done or its time is over. */
export async function preStop(pod: Pod, doings: PreStopDoings): Promise<void> {
  const leftMs = graceMs(pod);
  if (leftMs === 0) return;
  const hooks = pod.spec.containers.flatMap((container) => {
    const hook = hookOf(container);
    return hook ? [run(container, hook, leftMs, doings)] : [];
  });
  await Promise.all(hooks);
}
