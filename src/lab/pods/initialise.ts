// initialise.ts - init containers, one after the other: each sleeps as long as its command says, and sidecars stay.
import type { Container, Pod } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import { type ContainerRun, isSidecar } from '../../topology/podstatus.js';
import type { KubeletOptions } from './wiring.js';

/** Without a command that sleeps: long enough to be seen by whoever watches. */
const MOMENT_MS = 50;

/** `sleep 5`, also inside a shell. Other commands take a moment, for images are not run. */
function sleepMs({ command = [], args = [] }: Container): number {
  const words = [...(command as readonly string[]), ...(args as readonly string[])].join(' ');
  const match = /^sleep (\d+(?:\.\d+)?)s?$/.exec(words.replace(/^\S*sh -c /, ''));
  return match ? 1000 * Number(match[1]) : MOMENT_MS;
}

interface Doings {
  /** Writes the status of the pod. */
  readonly changed: (runs: ReadonlyMap<string, ContainerRun>) => void;
  /** Resolves after so many milliseconds, or when the pod is to go: then with false. */
  readonly pause: (ms: number) => Promise<boolean>;
}

const running = (startedAt: string, ready: boolean): ContainerRun => ({
  state: { running: { startedAt } },
  lastState: {},
  ready,
  started: ready,
  restarts: 0,
});

function done({ state }: ContainerRun, finishedAt: string): ContainerRun {
  const { startedAt } = (state as { running: { startedAt: string } }).running;
  const terminated = { exitCode: 0, reason: 'Completed', startedAt, finishedAt };
  return { state: { terminated }, lastState: {}, ready: true, started: false, restarts: 0 };
}

/** Resolves with what became of each, by name, when the containers of the pod may start; null if it is to go before. */
export async function initialise(
  pod: Pod,
  clock: KubeletOptions['clock'],
  { changed, pause }: Doings,
): Promise<ReadonlyMap<string, ContainerRun> | null> {
  const runs = new Map<string, ContainerRun>();
  const now = (): string => timestamp(clock());
  for (const container of pod.spec.initContainers ?? []) {
    const { name } = container;
    const run = running(now(), isSidecar(container));
    runs.set(name, run);
    changed(runs);
    if (isSidecar(container)) continue;
    if (!(await pause(sleepMs(container)))) return null;
    runs.set(name, done(run, now()));
    changed(runs);
  }
  return runs;
}
