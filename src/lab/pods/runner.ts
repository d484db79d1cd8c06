// runner.ts - pods that run a real command instead of the default application: started in the namespace, started again when they end.

import { MARK_NAME } from '../host/mark.js';
import { type Spawned, spawnInNamespace } from '../host/process.js';
import type { Sandbox } from '../host/sandbox.js';
import type { PodIdentity } from './answer.js';

/** How the command is doing: how often it was started again, and why it is not running now ('' = it runs). */
export type RunListener = (restarts: number, problem: string) => void;

/** A command that ends is started again after this, doubled each time up to the last value (kubelet's back-off, shortened). */
const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 10_000;
/** A command that ran this long starts with the first back-off again. */
const STEADY_MS = 10_000;
/** A command that does not end on SIGTERM gets SIGKILL. */
const KILL_AFTER_MS = 1000;

export class Runner {
  readonly #mark: string;
  readonly #environment: Readonly<Record<string, string>>;

  /**
   * @param mark of the lab (mark.ts)
   * @param environment of every command, beside this process' own
   */
  constructor(mark: string, environment: Readonly<Record<string, string>> = {}) {
    this.#mark = mark;
    this.#environment = environment;
  }

  /** Runs `command` by a shell in the sandbox until the returned function is called. */
  run(identity: PodIdentity, sandbox: Sandbox, command: string, listen: RunListener): () => void {
    let child: Spawned | null = null;
    let timer: NodeJS.Timeout | null = null;
    let stopped = false;
    let restarts = 0;
    let backoff = FIRST_BACKOFF_MS;
    const env = {
      ...process.env,
      ...this.#environment,
      [MARK_NAME]: this.#mark,
      HOSTNAME: identity.pod,
      POD_NAME: identity.pod,
      POD_NAMESPACE: identity.namespace,
      NODE_NAME: identity.node,
    };
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
        child = spawnInNamespace(sandbox.namespace, ['/bin/sh', '-c', `exec ${command}`], { stdio: 'ignore', env });
      } catch (error) {
        again(`cannot run "${command}": ${(error as Error).message}`);
        return;
      }
      if (restarts > 0) listen(restarts, '');
      void child.wait().then((code) => {
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
}
