// runtime.ts - what the API server needs from the lab's nodes: logs, programs and connections inside pods.

import { statSync } from 'node:fs';
import { Socket } from 'node:net';
import { familyOf } from '../../model/address.js';
import type { ClientSockets } from '../check/client.js';
import type { Sandbox } from '../host/sandbox.js';
import { type Usage, usageIn } from '../host/usage.js';
import { type CommandOptions, type RunningCommand, runCommand } from './command.js';
import type { Environment } from './environment.js';
import type { PodLog } from './log.js';
import type { RunPlace } from './runner.js';
import type { Surrounding } from './surroundings.js';

/** A pod that has a sandbox. */
export interface RunningPod {
  readonly log: PodLog;
  /** Runs a program in it. Rejects with an error with code ENOENT or EACCES when there is none. */
  run(argv: readonly string[], options: CommandOptions): Promise<RunningCommand>;
  /** Runs the pod's own program for whoever has attached: what it prints is in the log, and the pod may be over with it. */
  interact(argv: readonly string[], options: CommandOptions): Promise<RunningCommand>;
  /** What a program of a container finds there, for whoever starts one without us. */
  surrounding(container: string): Promise<Surrounding>;
  /** Inode of its network namespace, by which its programs are known. */
  netns(): number;
  /** Connects to a port on the pod's own loopback. */
  connect(port: number): Promise<Socket>;
}

export interface PodRuntime {
  /** By its uid; undefined while the pod has no sandbox. */
  pod(uid: string): RunningPod | undefined;
  /** What the programs in network namespaces have used, by inode. */
  usage(inodes: ReadonlySet<number>): ReadonlyMap<number, Usage>;
  /** A connection from the machine on which the API server runs. Rejects with what the kernel said. */
  connect(address: string, port: number): Promise<Socket>;
}

/** Half a connection may end before the other, as TCP has it. */
function connectFrom(sockets: ClientSockets, host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fd = sockets.tcp(familyOf(host));
    // manualStart: the socket is not connected yet, so it must not be read from.
    const socket = new Socket({ fd, allowHalfOpen: true, manualStart: true } as { fd: number });
    socket.once('error', reject);
    socket.connect({ host, port }, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** IPv4 first, as container runtimes do it. */
async function connectLocally(sockets: ClientSockets, port: number): Promise<Socket> {
  try {
    return await connectFrom(sockets, '127.0.0.1', port);
  } catch {
    return connectFrom(sockets, '::1', port);
  }
}

/** A pod as the kubelet has it. */
interface PodParts {
  readonly sandbox: Sandbox;
  readonly log: PodLog;
  /** Of the machine: what every program has. */
  readonly environment: Environment;
  readonly clock: () => Date;
  readonly surrounding: (container: string | undefined) => Promise<Surrounding>;
  /** The pod's own program has ended with this exit code. */
  readonly finish: (code: number) => void;
}

/** Where programs of a container run. */
export async function runPlace(pod: Omit<PodParts, 'clock' | 'finish'>, container?: string): Promise<RunPlace> {
  const { sandbox, log, environment } = pod;
  const { variables, hostname, view } = await pod.surrounding(container);
  return { sandbox, log, env: { ...environment, ...variables }, hostname, ...(view ? { view } : {}) };
}

export const runningPod = (pod: PodParts): RunningPod => ({
  log: pod.log,
  run: async (argv, options) => runCommand(await runPlace(pod, options.container), argv, options),
  async interact(argv, options) {
    const command = runCommand(await runPlace(pod, options.container), argv, options);
    for (const stream of [command.stdout, command.stderr])
      stream?.on('data', (bytes: Buffer) => pod.log.append(pod.clock().getTime(), bytes));
    void command.wait().then(pod.finish);
    return command;
  },
  surrounding: (container) => pod.surrounding(container),
  netns: () => statSync(pod.sandbox.path).ino,
  connect: (port) => connectLocally(pod.sandbox, port),
});

/** @param machine on which the API server stands */
export const podRuntime = (pods: Pick<PodRuntime, 'pod'>, machine: ClientSockets): PodRuntime => ({
  pod: (uid) => pods.pod(uid),
  usage: usageIn,
  connect: (address, port) => connectFrom(machine, address, port),
});
