// containers.ts - the containers of one pod while it runs: the state of each, what its probes make of it, its restarts.
import type { Container } from '../../model/objects.js';
import type { Timer } from '../../model/timer.js';
import { timestamp } from '../../model/timestamp.js';
import type { ContainerRun } from '../../topology/podstatus.js';
import { type Probe, type ProbeKind, probesOf } from '../../topology/probes.js';
import { Backoff } from './backoff.js';
import { startProber } from './prober.js';

/** What a container's life does to others. */
interface ContainerHooks {
  /** Sends the probe. '' = it succeeded, else why not. */
  readonly ask: (container: Container, probe: Probe) => Promise<string>;
  /** The state of a container is another one now. */
  readonly changed: () => void;
  readonly unhealthy: (container: Container, kind: ProbeKind, problem: string) => void;
  /** Its probe has failed too often. `restarted` is called when it has ended, unless something else starts it again. */
  readonly kill: (container: Container, kind: ProbeKind, restart: () => void) => void;
  /** It is about to serve, or to serve no more. */
  readonly serve: (container: Container, on: boolean) => void;
}

/** What a signal leaves as exit code: 128 + SIGKILL. */
const KILLED = 137;

export class Containers {
  readonly runs = new Map<string, ContainerRun>();
  readonly #containers: readonly Container[];
  readonly #hooks: ContainerHooks;
  readonly #clock: () => Date;
  readonly #timer: Timer;
  readonly #before: number;
  readonly #backoffs = new Map<string, Backoff>();
  readonly #since = new Map<string, Date>();
  /** What stops the probes and pauses of a container. */
  readonly #stops = new Map<string, (() => void)[]>();

  /** @param before how often they were started again before this process ran them */
  constructor(
    containers: readonly Container[],
    before: number,
    hooks: ContainerHooks,
    { clock, timer }: { readonly clock: () => Date; readonly timer: Timer },
  ) {
    this.#containers = containers;
    this.#before = before;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#timer = timer;
  }

  /** All of them start. */
  begin(): void {
    for (const container of this.#containers) this.start(container);
  }

  /** It runs from now on, for the first time or once more. */
  start(container: Container): void {
    const { name } = container;
    const probes = probesOf(container);
    const has = (kind: ProbeKind): boolean => probes.some((probe) => probe.kind === kind);
    const last = this.runs.get(name);
    const now = this.#clock();
    this.#since.set(name, now);
    this.runs.set(name, {
      state: { running: { startedAt: timestamp(now) } },
      lastState: last?.lastState ?? {},
      ready: !has('startup') && !has('readiness'),
      started: !has('startup'),
      restarts: last ? last.restarts + 1 : this.#before,
    });
    this.#probe(container, probes, has('startup') ? ['startup'] : ['liveness', 'readiness']);
  }

  /** It has ended and waits to be started again. @param waitMs for so long */
  ended(container: Container, exitCode: number, waitMs: number): void {
    const { name } = container;
    const run = this.runs.get(name);
    if (!run) return;
    this.#halt(name);
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const startedAt = timestamp(this.#since.get(name) ?? this.#clock());
    const finishedAt = timestamp(this.#clock());
    const message = `back-off ${waitMs}ms restarting failed container=${name}`;
    this.runs.set(name, {
      ...run,
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      lastState: { terminated: { exitCode, reason, startedAt, finishedAt } },
      ready: false,
      started: false,
    });
    this.#hooks.changed();
  }

  /** Nothing is asked or started any more. */
  stop(): void {
    for (const name of this.#stops.keys()) this.#halt(name);
  }

  #halt(name: string): void {
    for (const stop of this.#stops.get(name) ?? []) stop();
    this.#stops.delete(name);
  }

  #probe(container: Container, probes: readonly Probe[], kinds: readonly ProbeKind[]): void {
    const { ask, unhealthy } = this.#hooks;
    this.#halt(container.name);
    const stops = probes
      .filter(({ kind }) => kinds.includes(kind))
      .map((probe) =>
        startProber(
          probe,
          () => ask(container, probe),
          this.#timer,
          (healthy) => this.#judge(container, probes, probe.kind, healthy),
          (problem) => unhealthy(container, probe.kind, problem),
        ),
      );
    this.#stops.set(container.name, stops);
  }

  #judge(container: Container, probes: readonly Probe[], kind: ProbeKind, healthy: boolean): void {
    const run = this.runs.get(container.name);
    if (!run) return;
    if (kind === 'readiness') this.#ready(container, run, healthy);
    else if (!healthy) this.#kill(container, kind);
    else if (kind === 'startup') this.#started(container, run, probes);
  }

  /** Only now the others begin. */
  #started(container: Container, run: ContainerRun, probes: readonly Probe[]): void {
    const ready = !probes.some(({ kind }) => kind === 'readiness');
    this.runs.set(container.name, { ...run, started: true, ready });
    this.#hooks.changed();
    this.#probe(container, probes, ['liveness', 'readiness']);
  }

  #ready(container: Container, run: ContainerRun, ready: boolean): void {
    if (run.ready === ready) return;
    this.runs.set(container.name, { ...run, ready });
    this.#hooks.changed();
  }

  #kill(container: Container, kind: ProbeKind): void {
    const { name } = container;
    this.#halt(name);
    this.#hooks.kill(container, kind, () => {
      const ranMs = this.#clock().getTime() - (this.#since.get(name)?.getTime() ?? 0);
      const backoff = this.#backoffs.get(name) ?? new Backoff();
      this.#backoffs.set(name, backoff);
      const waitMs = backoff.next(ranMs);
      this.#hooks.serve(container, false);
      this.ended(container, KILLED, waitMs);
      const again = (): void => {
        this.#hooks.serve(container, true);
        this.start(container);
        this.#hooks.changed();
      };
      this.#stops.set(name, [this.#timer(waitMs, again)]);
    });
  }
}
