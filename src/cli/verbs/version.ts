// version.ts - `kubewire version`: of this program, and of the API that the running lab speaks.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Fault } from '../../model/fault.js';
import { closing, outputOption } from '../flags.js';
import { clientOf, labOption } from '../lab/client.js';

/** The version in package.json, which lies above `src` and above `dist/src`. */
export function ownVersion(): string {
  for (const up of ['../../../package.json', '../../../../package.json']) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), 'utf8');
      const { name, version } = JSON.parse(text) as { name?: string; version?: string };
      if (name === 'kubewire' && version) return version;
    } catch {
      // Not in this folder: look one further up.
    }
  }
  return 'unknown';
}

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
