// record.ts - `kubewire record`: everything that decides about frames of the running lab, into a directory.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { RECORDING_FILE, type RecordingEnd } from '../../engine/recording/format.js';
import { Exit } from '../failure.js';
import { closing, outputOption } from '../flags.js';
import { clientOf, labOption } from '../lab/client.js';
import { byteCount, secondsOf } from '../lab/number.js';
import { stopSignal } from '../lab/signal.js';
import { closed, opened, put } from '../lab/written.js';

interface RecordFlags {
  readonly for?: string;
  readonly budget: number;
  readonly output?: string;
}

/** Where the recording goes; throws Exit when one is there. */
function fileIn(directory: string): string {
  const path = join(directory, RECORDING_FILE);
  if (existsSync(path)) throw new Exit(1, `error: ${path} exists: give another directory, or remove it first`);
  return path;
}

function make(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new Exit(1, `error: ${directory} cannot be made: ${(error as Error).message}`);
  }
}

function tell({ frames, gaps, missing, why }: RecordingEnd, directory: string): void {
  const end = why === 'budget' ? '; its budget is used up (--budget)' : '';
  process.stderr.write(`${frames} frames recorded in ${directory}${end}\n`);
  if (gaps === 0) return;
  process.stderr.write(`Warning: ${missing} records are missing in ${gaps} gaps, because they came too fast\n`);
}

async function record(directory: string, flags: RecordFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const path = `/apis/kubewire.dev/v1alpha1/recordings/${randomUUID()}`;
  const stop = (): Promise<RecordingEnd> => client.exchange('DELETE', path).then(({ body }) => body as RecordingEnd);
  const query = { seconds: secondsOf(flags.for, 'record'), budget: String(flags.budget) };
  const file = fileIn(directory);
  const parts = client.stream(path, query);
  // If the lab refuses, nothing is left behind.
  const first = await parts.next();
  make(directory);
  const to = await opened(file);
  process.stderr.write(`Recording into ${directory}; Ctrl-C ends it.\n`);
  void stopSignal().promise.then(stop);
  if (!first.done) await put(to, first.value);
  for await (const part of parts) await put(to, part);
  await closed(to);
  const summary = await stop();
  if (flags.output === 'json') process.stdout.write(`${JSON.stringify({ directory, ...summary }, null, 2)}\n`);
  else tell(summary, directory);
}

export function register(program: Command): void {
  const command = program
    .command('record')
    .description(
      'Keep every input of the dataplane: frames, changes of tables, the clock, and what each node remembered at the\n' +
        'beginning, random draws included. "kubewire rerun" does it all again, to the byte. The dataplane never waits: what\n' +
        'comes too fast to be kept is a gap, which is told, and after which the recording is exact again.',
    )
    .argument('<directory>', 'where to; it may not have a recording')
    .option('--for <duration>', 'end after this time, such as 8s')
    .option('--budget <bytes>', 'end when it is so large', (text) => byteCount(text, '--budget', 'record'), 2 ** 30);
  labOption(outputOption(command, ['json'])).action(record);
  closing(command, 'kubewire record /tmp/bug --for 8s\nkubewire rerun /tmp/bug');
}
