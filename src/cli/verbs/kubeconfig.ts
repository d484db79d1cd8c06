// kubeconfig.ts - `kubewire kubeconfig`: lets kubectl, helm and client libraries find the running lab and log in.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { Fault } from '../../model/fault.js';
import { Exit } from '../failure.js';
import { closing } from '../flags.js';
import { type Client, clientOf, labOption } from '../lab/client.js';

interface Named {
  readonly name: string;
}

/** v1 Config, as far as it is merged. */
interface Kubeconfig {
  clusters?: Named[] | null;
  users?: Named[] | null;
  contexts?: Named[] | null;
  'current-context'?: string;
  [other: string]: unknown;
}

const LISTS = ['clusters', 'users', 'contexts'] as const;

const nameOf = (lab: string): string => (lab === 'default' ? 'kubewire' : `kubewire-${lab}`);

async function fetchConfig(client: Client): Promise<Kubeconfig> {
  const name = nameOf(client.labName);
  try {
    return await client.get<Kubeconfig>(`/apis/kubewire.dev/v1alpha1/kubeconfig?name=${name}`);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Exit(1, 'error: the lab serves no API over HTTPS');
  }
}

/** The file that kubectl would write to: the first of KUBECONFIG, else the one in the home directory. */
function configPath(): string {
  const first = (process.env.KUBECONFIG ?? '').split(delimiter).find((path) => path !== '');
  return first ?? join(homedir(), '.kube', 'config');
}

/** Replaces entries of the same names, keeps all others, and makes the new context the current one. */
export function merged(old: Kubeconfig, made: Kubeconfig): Kubeconfig {
  const result: Kubeconfig = { apiVersion: 'v1', kind: 'Config', preferences: {}, ...old };
  for (const list of LISTS) {
    const own = made[list] ?? [];
    const others = (old[list] ?? []).filter(({ name }) => !own.some((entry) => entry.name === name));
    result[list] = [...others, ...own];
  }
  const current = made['current-context'];
  return current === undefined ? result : { ...result, 'current-context': current };
}

function readConfig(path: string): Kubeconfig {
  if (!existsSync(path)) return {};
  let value: unknown;
  try {
    value = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Exit(1, `error: ${path} cannot be read, and was left as it is: ${(error as Error).message}`);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Exit(1, `error: ${path} is no kubeconfig: left as it is`);
  return value as Kubeconfig;
}

/** Writes all or nothing: half a kubeconfig would lose the user's other clusters. */
function writeConfig(path: string, config: Kubeconfig): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}`;
  writeFileSync(next, stringify(config), { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, path);
}

async function kubeconfig(flags: { write?: boolean }, command: Command): Promise<void> {
  const client = clientOf(command);
  const made = await fetchConfig(client);
  if (!flags.write) {
    process.stdout.write(stringify(made));
    return;
  }
  const path = configPath();
  writeConfig(path, merged(readConfig(path), made));
  process.stderr.write(`context "${made['current-context']}" is in ${path} and is the current one\n`);
}

export function register(program: Command): void {
  const command = labOption(program.command('kubeconfig'))
    .description('Print the kubeconfig by which kubectl and helm reach the running lab.')
    .option('--write', 'merge it into the file of KUBECONFIG (else ~/.kube/config) and make it the current context')
    .action(kubeconfig);
  closing(
    command,
    'kubewire kubeconfig > lab.yaml && kubectl --kubeconfig lab.yaml get pods -A\nkubewire kubeconfig --write && kubectl get nodes',
    {},
    'The file holds a key: whoever has it is the administrator of the lab. Keep it readable for yourself alone.',
  );
}
