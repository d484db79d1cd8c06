// down.ts - `kubewire down`: ends the running lab. Everything it made goes with it.
import { readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { Fault } from '../../model/fault.js';
import { Exit } from '../failure.js';
import { closing } from '../flags.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { getLab, type LabObject } from '../lab/objects.js';
import { paint } from '../print/colour.js';

/** A lab that does nothing for this long counts as stuck, in milliseconds. */
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

/**
 * The number of namespaces, devices and sockets that a lab still holds. They go one after another. 0 when it cannot be
 * seen.
 */
function heldBy(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

/** Resolves when the process is gone; false when it holds the same things for too long. */
async function ends(pid: number): Promise<boolean> {
  let held = heldBy(pid);
  let deadline = performance.now() + PATIENCE_MS;
  while (lives(pid)) {
    const now = heldBy(pid);
    if (now !== held) deadline = performance.now() + PATIENCE_MS;
    held = now;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}

/** Deletes the lab's own object. The lab sees that and shuts down. */
async function askToEnd(client: Client): Promise<void> {
  try {
    await client.exchange('DELETE', `/apis/kubewire.dev/v1alpha1/labs/${client.labName}`);
  } catch (error) {
    // The lab may be gone before it has answered.
    if (!(error instanceof Fault) || error.code !== 'LAB_ABSENT') throw error;
  }
}

/** undefined: no lab runs, which is what `down` is for. */
async function labIfAny(client: Client): Promise<LabObject | undefined> {
  try {
    return await getLab(client);
  } catch (error) {
    if (error instanceof Fault && error.code === 'LAB_ABSENT') return undefined;
    throw error;
  }
}

async function down(_: unknown, command: Command): Promise<void> {
  const client = clientOf(command);
  const lab = await labIfAny(client);
  if (!lab) {
    process.stderr.write(
      client.labName === 'default' ? 'No lab is running.\n' : `No lab named "${client.labName}" is running.\n`,
    );
    return;
  }
  await askToEnd(client);
  const { pid } = lab.status;
  if (!(await ends(pid)))
    throw new Exit(1, `error: the lab (process ${pid}) does not end\nEnd it by force: kill -9 ${pid}`);
  process.stderr.write(`${paint(process.stderr, 'green', '✓')} lab "${client.labName}" ended\n`);
}

export function register(program: Command): void {
  const command = labOption(program.command('down').description('End the running lab.')).action(down);
  closing(command, 'kubewire down\nkubewire down --name second', { 0: 'it has ended, or none ran' });
}
