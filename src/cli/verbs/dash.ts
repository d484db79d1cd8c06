// dash.ts - `kubewire dash`: prints the address of the lab's page and opens it in a browser.
import type { Command } from 'commander';
import { closing } from '../flags.js';
import { clientOf, labOption } from '../lab/client.js';
import { showPage } from '../lab/dash.js';

const dash = (flags: { open: boolean }, command: Command): Promise<void> => showPage(clientOf(command), flags.open);

export function register(program: Command): void {
  const command = labOption(program.command('dash'))
    .description(
      'Show the running lab in a browser: its map with live traffic, the path of a packet, connections, rules, charts\n' +
        'and objects. Prints the address; the lab itself serves it, on loopback alone.',
    )
    .option('--no-open', 'only print the address')
    .action(dash);
  closing(
    command,
    'kubewire dash\nkubewire dash --no-open | xargs firefox',
    {},
    'The address holds a token: whoever has it is the administrator of the lab, and may run programs in its pods.',
  );
}
