// fuzz.ts - runs one libFuzzer target for some seconds over its committed corpus; findings stay in build/native-test/findings.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, buildFuzzer, ROOT, type Target } from '../native/build.js';
import { routerImage, worldImage } from '../native/world.js';

interface FuzzResult {
  /** 0 = no finding. */
  readonly status: number | null;
  /** Executions and coverage, in one line. */
  readonly summary: string;
  /** The end of what the fuzzer said. */
  readonly output: string;
}

/** Images of today's layout: the committed seeds are of the layout of the day on which they were written. */
function writeFreshImages(folder: string): void {
  for (const [name, image] of Object.entries({ node: worldImage(), router: routerImage() })) {
    writeFileSync(join(folder, `fresh-${name}.bin`), Buffer.concat([Uint8Array.of(0), image]));
  }
}

/** Largest input: an image of the test world, or some dozens of frames. */
const MAX_BYTES = 32_768;

export async function fuzz(target: Target, seconds: number): Promise<FuzzResult> {
  const binary = await buildFuzzer(target);
  const grown = join(BUILD, 'corpus', target);
  const findings = join(BUILD, 'findings', target);
  for (const folder of [grown, findings]) mkdirSync(folder, { recursive: true });
  if (target === 'fuzz_image') writeFreshImages(grown);
  const options = [
    `-max_total_time=${seconds}`,
    `-max_len=${MAX_BYTES}`,
    '-timeout=10',
    '-rss_limit_mb=1024',
    '-print_final_stats=1',
    `-artifact_prefix=${findings}/`,
  ];
  const result = spawnSync(binary, [...options, grown, join(ROOT, 'test', 'fuzz', 'corpus', target)], {
    encoding: 'utf8',
    env: { ...process.env, KUBEWIRE_WORLD: BUILD },
    maxBuffer: 1 << 28,
    timeout: (seconds + 60) * 1000,
  });
  const lines = `${result.stdout}${result.stderr}`.trim().split('\n');
  const executions =
    lines
      .find((line) => line.includes('number_of_executed_units'))
      ?.split(' ')
      .at(-1) ?? '?';
  const coverage =
    lines
      .filter((line) => /cov: \d+/.test(line))
      .at(-1)
      ?.match(/cov: \d+ ft: \d+/)?.[0] ?? '';
  return {
    status: result.status,
    summary: `${target}: ${executions} runs in ${seconds} s, ${coverage}`,
    output: lines.slice(-60).join('\n'),
  };
}
