// rerun.ts - `kubewire rerun`: a recording once more, without a lab, and where it parts ways with what was recorded.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { STRATEGY_NAMES, strategyNamed } from '../../compile/strategy.js';
import { RECORDING_FILE } from '../../engine/recording/format.js';
import { type Ending, type FirstDifference, type Rerun, rerun as rerunFile } from '../../engine/recording/rerun.js';
import { packetText } from '../../observe/packet.js';
import { Coded, Exit } from '../failure.js';
import { closing, offer, outputOption } from '../flags.js';
import { wholeNumber } from '../lab/number.js';

interface RerunFlags {
  readonly strategy?: string;
  readonly until?: number;
  readonly output?: string;
}

const MOST = 1_000_000_000_000;

const hex = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('hex');
const timeText = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
const endingJson = ({ bytes, ...rest }: Ending): object => ({
  ...rest,
  ...{ packet: bytes && packetText(bytes), bytes: hex(bytes) },
});

/** As `-o json` prints it. */
function firstJson(first: FirstDifference | null): object | null {
  if (!first) return null;
  const { frame, node, port, atNs, bytes, recorded, rerun } = first;
  return {
    ...{ frame, time: timeText(atNs), node, port, packet: packetText(bytes), bytes: hex(bytes) },
    ...{ recorded: endingJson(recorded), rerun: endingJson(rerun) },
  };
}

function endingText({ verdict, reason, port, bytes }: Ending): string {
  return `${verdict} ${reason}${bytes ? `, ${packetText(bytes)} through ${port}` : ''}`;
}

function tell({ frames, differences, first, gaps, missing, whole }: Rerun, strategy: string | undefined): string {
  const how = strategy === undefined ? 'as recorded' : `under ${strategy}`;
  const lines = [
    first === null
      ? `${frames} frames, ${how}: every verdict and every byte the same`
      : `${frames} frames, ${how}: ${differences} differ; the first is frame ${first.frame}`,
  ];
  if (first) {
    lines.push(`  ${timeText(first.atNs)}  ${first.node}, through ${first.port}: ${packetText(first.bytes)}`);
    lines.push(`  recorded:  ${endingText(first.recorded)}`, `  rerun:     ${endingText(first.rerun)}`);
  }
  if (gaps > 0) lines.push(`${missing} records are missing in ${gaps} gaps; before and after them it is exact`);
  if (!whole) lines.push('The recording was cut off: what is there was run');
  return `${lines.join('\n')}\n`;
}

/** The recording in a directory, or the file itself. */
function fileOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, RECORDING_FILE) : path;
}

function rerun(directory: string, flags: RerunFlags): void {
  const { strategy = null, until = Number.POSITIVE_INFINITY } = flags;
  let result: Rerun;
  try {
    if (strategy !== null) strategyNamed(strategy);
    result = rerunFile(fileOf(directory), { strategy, until });
  } catch (error) {
    throw new Coded(2, error);
  }
  const { frames, differences, first, ...rest } = result;
  if (flags.output === 'json')
    process.stdout.write(`${JSON.stringify({ frames, differences, first: firstJson(first), ...rest }, null, 2)}\n`);
  else process.stdout.write(tell(result, flags.strategy));
  if (first) throw new Exit(1);
}

export function register(program: Command): void {
  const command = program
    .command('rerun')
    .description(
      'Run a recording again: every frame through nodes that begin as the recorded ones stood, with the same tables at the\n' +
        'same moments of the same clock. Without flags every verdict and every byte is the same. Under another strategy, or\n' +
        'with another version of kubewire, the first frame that is treated otherwise is shown. It needs no lab and no root.',
    )
    .argument('<directory>', 'what "kubewire record" has made')
    .addOption(
      offer(new Option('--strategy <name>', 'as if the nodes had looked up rules in this way'), STRATEGY_NAMES),
    )
    .option('--until <frame>', 'end after so many frames', (text) => wholeNumber(text, '--until', 'rerun', 1, MOST));
  outputOption(command, ['json']).action(rerun);
  closing(
    command,
    'kubewire rerun /tmp/bug\nkubewire rerun /tmp/bug --strategy iptables\nkubewire rerun /tmp/bug --until 1000 -o json',
    {
      0: 'the same',
      1: 'different',
      2: 'no recording, a damaged one, wrong usage, or the output could not be written',
    },
  );
}
