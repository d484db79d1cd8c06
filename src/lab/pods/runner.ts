// runner.ts - pods that run a real command instead of the default application: starts it, and restarts it when it ends.
import type { Socket } from 'node:net';
import { after } from '../../model/timer.js';
import type { FileView } from '../host/files.js';
import { type Spawned, spawnInNamespace } from '../host/process.js';
import type { Sandbox } from '../host/sandbox.js';
import type { PodLog } from './log.js';

interface RunListener {
  /** State of the command: how often it was restarted, and why it is not running now ('' = it runs). */
  readonly listen: (restarts: number, problem: string) => void;
  /** The command has ended with this exit code; true = for good. */
  readonly ended: (code: number) => boolean;
}

/** A command that ends is started again after this, doubled each time up to the last value (kubelet's back-off, shortened). */
const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 10_000;
/** A command that ran this long starts again with the first back-off. */
const STEADY_MS = 10_000;
/** A command that does not end after SIGTERM gets SIGKILL. */
const KILL_AFTER_MS = 1000;
/** A program that prints without end is heard at this pace, so that it takes no time from others. */
const BREATH_MS = 5;

/** Where the command runs, what it finds in its environment, and where what it prints goes. */
export interface RunPlace {
  readonly sandbox: Sandbox;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: that of this machine. */
  readonly hostname?: string;
  /** What it sees of files. Default: what this process sees. */
  readonly view?: FileView;
  readonly log: PodLog;
}

/** Of a place, what every program there is started with. */
export const programOptions = ({ env, hostname, view }: RunPlace) => ({
  env,
  ...(hostname === undefined ? {} : { hostname }),
  ...(view === undefined ? {} : { view }),
});

export class Runner {
  readonly #clock: () => Date;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** Runs `command` by a shell in the sandbox until the returned function is called. */
  run(place: RunPlace, command: string, { listen, ended }: RunListener): () => void {
    const { sandbox, log } = place;
    let child: Spawned | null = null;
    let timer: NodeJS.Timeout | null = null;
    let stopped = false;
    let restarts = 0;
    let backoff = FIRST_BACKOFF_MS;
    const again = (problem: string): void => {
      if (stopped) return;
      listen(restarts, problem);
      timer = setTimeout(start, backoff);
      backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
      restarts++;
    };
    const start = (): void => {
      const since = performance.now();
      try {
        const argv = ['/bin/sh', '-c', `exec ${command}`];
        const options = { ...programOptions(place), stdio: ['ignore', 'pipe', 'pipe'] as const };
        child = spawnInNamespace(sandbox.namespace, argv, options);
        for (const stream of [child.stdout, child.stderr]) if (stream) this.#keep(stream, log);
      } catch (error) {
        again(`cannot run "${command}": ${(error as Error).message}`);
        return;
      }
      if (restarts > 0) listen(restarts, '');
      void child.wait().then((code) => {
        if (stopped || ended(code)) return;
        if (performance.now() - since >= STEADY_MS) backoff = FIRST_BACKOFF_MS;
        again(`"${command}" ended with exit code ${code}`);
      });
    };
    start();
    return () => {
      stopped = true;
      if (timer) clearTimeout(timer);
      const last = child;
      if (!last?.kill('SIGTERM')) return;
      const kill = setTimeout(() => last.kill('SIGKILL'), KILL_AFTER_MS);
      void last.wait().then(() => clearTimeout(kill));
    };
  }
  #keep(stream: Socket, log: PodLog): void {
    stream.on('error', () => stream.destroy());
    stream.on('data', (bytes) => {
      log.append(this.#clock().getTime(), bytes);
      stream.pause();
      after(BREATH_MS, () => stream.resume(), { unref: true });
    });
  }
}
