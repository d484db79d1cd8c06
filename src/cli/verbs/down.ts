// down.ts - `kubewire down`: ends the running lab. Everything it made goes with it.
import type { Command } from 'commander';
import { Fault } from '../../model/fault.js';
import { Exit } from '../failure.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { getLab } from '../lab/objects.js';
import { paint } from '../print/colour.js';

/** How long a lab may take to end, milliseconds. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 50;

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Deletes the lab's own object: the lab sees it and ends in order. */
async function askToEnd(client: Client): Promise<void> {
  try {
    await client.exchange('DELETE', `/apis/kubewire.dev/v1alpha1/labs/${client.labName}`);
  } catch (error) {
    // It may be gone before its answer is.
    if (!(error instanceof Fault) || error.code !== 'LAB_ABSENT') throw error;
  }
}

async function down(_: unknown, command: Command): Promise<void> {
  const client = clientOf(command);
  const lab = await getLab(client);
  await askToEnd(client);
  const deadline = performance.now() + PATIENCE_MS;
  while (lives(lab.status.pid)) {
    if (performance.now() > deadline) {
      throw new Exit(
        1,
        `error: the lab (process ${lab.status.pid}) does not end\nEnd it by force: kill -9 ${lab.status.pid}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  process.stderr.write(`${paint(process.stderr, 'green', '✓')} lab "${client.labName}" ended\n`);
}

export function register(program: Command): void {
  labOption(program.command('down').description('End the running lab.')).action(down);
}
