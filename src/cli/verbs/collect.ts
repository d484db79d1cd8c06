// collect.ts - kubewire collect: the script that gathers a node's rules and connections: printed, or run on this machine.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Fault } from '../../model/fault.js';
import { Exit, usage } from '../failure.js';
import { closing } from '../flags.js';
import { scriptPath } from '../packets/script.js';

interface Flags {
  out?: string;
  conntrack?: boolean;
}

const EXAMPLES = `
kubewire collect | ssh root@worker-1 sh -s -- - > worker-1.tgz    from a node that has nothing but a shell
kubewire collect > collect.sh                                     to read it first, or to send it to somebody
kubewire collect --out node.tgz                                   from this machine
kubewire explain --node-dump worker-1.tgz --from 203.0.113.9 --to 10.96.0.10:53 --proto udp`;

const NOTES = `
The script only reads: no rule, connection or file of the node is changed, and no table or kernel module of iptables or
IPVS comes to be by asking for it. It says what it takes and what it leaves out. Nothing is hidden: addresses, names of
Services, comments of rules and kube-proxy's flags are in the file. Connections only with --conntrack.`;

function collect({ out, conntrack }: Flags): void {
  if (out === '') throw usage('--out needs the name of a file', 'collect');
  if (out === undefined) {
    if (conntrack)
      throw usage('--conntrack goes with --out; a printed script takes it as a word of its own', 'collect');
    process.stdout.write(readFileSync(scriptPath(), 'utf8'));
    return;
  }
  const words = [scriptPath(), ...(conntrack ? ['--conntrack'] : []), out];
  const { status, error } = spawnSync('sh', words, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error)
    throw new Fault('TOOL_MISSING', `sh cannot be started: ${error.message}`, 'The script needs a POSIX shell.');
  if (status !== 0) throw new Exit(1);
}

export function register(program: Command): void {
  const command = program
    .command('collect')
    .description("Gather a node's rules, addresses and connections into one file, or print the script that does")
    .option('--out <file>', 'run the script on this machine and write FILE.tgz; - is standard output')
    .option('--conntrack', 'with --out: the connections, too (each names a client)')
    .action(collect);
  closing(command, EXAMPLES, { 1: 'the file could not be written' }, NOTES);
}
