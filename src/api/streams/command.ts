// command.ts - exec and attach over channels: stdin, stdout, stderr, the exit status, and the terminal size.
//
// As the kubelet's k8s.io/kubelet/pkg/cri/streaming/remotecommand.
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { internalError, type Status, success } from '../../cluster/status.js';
import type { RunningCommand } from '../../lab/pods/command.js';
import type { PodLog } from '../../lab/pods/log.js';
import { after } from '../../model/timer.js';
import type { Channels } from './channels.js';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;

/** A program has ended, and others still hold its pipes: they are read for so long. */
const REST_MS = 500;

/** core/v1 PodExecOptions and PodAttachOptions. */
export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** What a client is told of a program that has ended. */
export const exited = (code: number): Status =>
  code === 0
    ? success()
    : {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      };

/** Says what became of it, and hangs up. Before version 4 there was only text, and none for a success. */
function finish(channels: Channels, status: Status): void {
  const text =
    channels.protocol.version >= 4 ? JSON.stringify(status) : status.status === 'Success' ? '' : status.message;
  channels.send(ERROR, Buffer.from(text ?? ''), () => channels.close());
}

/** The client sees that the connection stands before the program says anything. */
function greet(channels: Channels, { stdout, stderr }: StreamOptions): void {
  channels.send(stdout ? STDOUT : stderr ? STDERR : ERROR, Buffer.alloc(0));
}

function resize(command: RunningCommand, bytes: Buffer): void {
  try {
    const { Width, Height } = JSON.parse(bytes.toString()) as { Width?: unknown; Height?: unknown };
    const fits = (size: unknown): size is number =>
      Number.isInteger(size) && (size as number) > 0 && (size as number) < 65_536;
    if (fits(Width) && fits(Height)) command.resize(Width, Height);
  } catch {
    // A size that is none changes nothing.
  }
}

function takeInput(channels: Channels, command: RunningCommand): void {
  const { stdin } = command;
  channels.listen({
    data(channel, bytes) {
      if (channel === RESIZE) return resize(command, bytes);
      if (channel !== STDIN || !stdin?.writable) return;
      if (stdin.write(bytes)) return;
      channels.socket.pause();
      const goOn = (): void => channels.socket.resume();
      stdin.once('drain', goOn).once('close', goOn);
    },
    end(channel) {
      if (channel === STDIN) stdin?.end();
    },
  });
}

async function giveOutput(channels: Channels, channel: number, wanted: boolean, stream: Readable): Promise<void> {
  if (!wanted) return void stream.resume();
  const ended = once(stream, 'close');
  stream.pipe(channels.writable(channel));
  await ended;
}

/** What cannot be started: there is no such program, or it may not be run. */
function failure(argv: readonly string[], error: unknown): Status {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'ENOENT' ? 'executable file not found in $PATH' : code === 'EACCES' ? 'permission denied' : message;
  return internalError(`error executing command in container: exec: ${JSON.stringify(argv[0] ?? '')}: ${why}`).status;
}

/**
 * Runs a program until it ends or the client disconnects.
 * @param ending of an exit code
 */
export async function streamCommand(
  channels: Channels,
  argv: readonly string[],
  options: StreamOptions,
  start: () => Promise<RunningCommand>,
  ending: (code: number) => Status,
): Promise<void> {
  let command: RunningCommand | undefined;
  let gone = false;
  channels.socket.once('close', () => {
    gone = true;
    command?.end();
  });
  // What the client sends meanwhile is for the program.
  channels.socket.pause();
  try {
    command = await start();
  } catch (error) {
    channels.socket.resume();
    finish(channels, failure(argv, error));
    return;
  }
  channels.socket.resume();
  if (gone) command.end();
  greet(channels, options);
  takeInput(channels, command);
  const { stdout, stderr } = command;
  const outputs = Promise.all([
    giveOutput(channels, STDOUT, options.stdout, stdout),
    ...(stderr ? [giveOutput(channels, STDERR, options.stderr, stderr)] : []),
  ]);
  const code = await command.wait();
  await Promise.race([outputs, new Promise<void>((resolve) => after(REST_MS, resolve, { unref: true }))]);
  finish(channels, ending(code));
}

/** Shows what the programs of a pod print from now on, until the pod ends or the client hangs up. */
export async function streamLog(channels: Channels, log: PodLog, options: StreamOptions): Promise<void> {
  greet(channels, options);
  const gone = new AbortController();
  channels.socket.once('close', () => gone.abort());
  channels.listen({ data: () => undefined, end: () => undefined });
  const out = channels.writable(STDOUT);
  let offset = log.end;
  while (!gone.signal.aborted && !log.closed) {
    await log.more(offset, gone.signal);
    for (const { bytes } of log.lines(offset, true)) if (!out.write(bytes)) await once(out, 'drain');
    offset = log.end;
  }
  finish(channels, success());
}
