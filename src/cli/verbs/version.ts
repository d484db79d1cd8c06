// version.ts - `kubewire version`: of this program, and of the API that the running lab speaks.
import type { Command } from 'commander';
import { ownVersion } from '../../engine/version.js';
import { Fault } from '../../model/fault.js';
import { closing, outputOption } from '../flags.js';
import { clientOf, labOption } from '../lab/client.js';

interface VersionOptions {
  readonly client?: boolean;
  readonly output?: string;
}

async function version(options: VersionOptions, command: Command): Promise<void> {
  const own = ownVersion();
  const server = options.client
    ? undefined
    : await clientOf(command)
        .get<{ gitVersion?: string }>('/version')
        .catch((error) => {
          if (error instanceof Fault && error.code === 'LAB_ABSENT') return undefined;
          throw error;
        });
  if (options.output === 'json') {
    const versions = { clientVersion: { gitVersion: `v${own}` }, ...(server ? { serverVersion: server } : {}) };
    process.stdout.write(`${JSON.stringify(versions, null, 2)}\n`);
    return;
  }
  process.stdout.write(`Client Version: v${own}\n`);
  if (server) process.stdout.write(`Server Version: ${server.gitVersion ?? 'unknown'}\n`);
}

export function register(program: Command): void {
  const command = program.command('version').description('Print the version of kubewire and of the running lab.');
  outputOption(command.option('--client', 'only this program, ask no lab'), ['json']);
  labOption(command).action((options: VersionOptions) => version(options, command));
  closing(command, 'kubewire version\nkubewire version --client -o json');
}
