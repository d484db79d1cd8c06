// dash.ts - the page of a running lab: its address, and the browser that opens it. For `dash` and `up --dash`.
import { spawn } from 'node:child_process';
import { Exit } from '../failure.js';
import type { Client } from './client.js';

/** The address of the page, with the token that lets a person in. */
async function pageOf(client: Client): Promise<string> {
  const { body } = await client.exchange('POST', '/apis/kubewire.dev/v1alpha1/dash');
  const { address } = (body ?? {}) as { address?: string };
  if (address === undefined) throw new Exit(1, 'error: the lab serves no page');
  return address;
}

/** Shows an address in the user's browser. Where there is none, the printed address is all. */
function openBrowser(address: string): void {
  const { DISPLAY, WAYLAND_DISPLAY, BROWSER } = process.env;
  if (!DISPLAY && !WAYLAND_DISPLAY && !BROWSER) return;
  const child = spawn('xdg-open', [address], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}

/** Prints the address of the page, alone on standard output, and opens it unless that is not wanted. */
export async function showPage(client: Client, open: boolean): Promise<void> {
  const address = await pageOf(client);
  process.stdout.write(`${address}\n`);
  if (open) openBrowser(address);
}
