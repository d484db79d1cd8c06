// script.ts - where the script is that gathers a node's rules.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../model/fault.js';

/** src/dump/collect.sh, beside src/cli/packets and beside dist. */
export function scriptPath(): string {
  for (const up of ['../../dump/collect.sh', '../../../../src/dump/collect.sh']) {
    const path = fileURLToPath(new URL(up, import.meta.url));
    if (existsSync(path)) return path;
  }
  throw new Fault('NOT_FOUND', 'the script collect.sh is missing', 'Use a whole installation of kubewire.');
}
