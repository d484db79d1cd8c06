// own-runtime.ts - pods whose programs run on this machine as it is: for tests of the API that need no lab.
import { spawn } from 'node:child_process';
import { connect as connectTcp, type Socket } from 'node:net';
import type { RunningCommand } from '../../src/lab/pods/command.js';
import { PodLog } from '../../src/lab/pods/log.js';
import type { PodRuntime, RunningPod } from '../../src/lab/pods/runtime.js';

interface OwnRuntime extends PodRuntime {
  readonly log: PodLog;
  /** Sizes of terminals that were asked for: `80x24`. */
  readonly sizes: string[];
  /** What the programs of the pods have used; a test may say otherwise. */
  readonly used: { cpuMs: number; memoryBytes: number };
  /** Exit codes of programs that the pod's own were. */
  readonly finished: number[];
}

/** Stands for the network namespace of all pods. */
const OWN = 1;

const dial = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true }, () => resolve(socket));
    socket.once('error', reject);
  });

/** @param running uids of pods that run */
export function ownRuntime(running: (uid: string) => boolean = () => true): OwnRuntime {
  const log = new PodLog();
  const sizes: string[] = [];
  const finished: number[] = [];
  const run = async ([program = '', ...words]: readonly string[]): Promise<RunningCommand> => {
    if (program === 'nosuch') throw Object.assign(new Error('exec'), { code: 'ENOENT' });
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 137)));
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      resize: (columns, rows) => void sizes.push(`${columns}x${rows}`),
      wait: () => ended,
      end: () => void child.kill('SIGKILL'),
    };
  };
  const pod: RunningPod = {
    log,
    run,
    async interact(argv) {
      const command = await run(argv);
      void command.wait().then((code) => finished.push(code));
      return command;
    },
    netns: () => OWN,
    surrounding: () => Promise.resolve({ variables: {}, hostname: '', view: undefined }),
    connect: dial,
  };
  /** Every address of the cluster is this machine. */
  const connect = (_address: string, port: number): Promise<Socket> => dial(port);
  const used = { cpuMs: 0, memoryBytes: 0 };
  const usage = () => new Map([[OWN, { ...used }]]);
  return { log, sizes, finished, used, usage, pod: (uid) => (running(uid) ? pod : undefined), connect };
}
