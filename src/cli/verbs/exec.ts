// exec.ts - `kubewire exec`: runs a real command inside the namespace of a pod, a node or an outside client.
import type { Command } from 'commander';
import { labMark, MARK_NAME } from '../../lab/host/mark.js';
import { execInNamespace } from '../../lab/host/process.js';
import type { KubeObject } from '../../model/objects.js';
import { Exit, usage } from '../failure.js';
import { closing, namespaceOption } from '../flags.js';
import { type Client, clientOf } from '../lab/client.js';
import { getLab, getObject, netnsOf } from '../lab/objects.js';

interface ExecFlags {
  readonly namespace: string;
}

/** Exit code of a shell for a command that is not there (POSIX.1-2017 §2.8.2). */
const NO_SUCH_COMMAND = 127;
/** That for a file that is there and cannot be run. */
const CANNOT_EXECUTE = 126;

/** Reasons of execve(2) that lie in the file. */
const NOT_EXECUTABLE: Readonly<Record<string, string>> = {
  EACCES: 'it is not an executable file, or you may not execute it',
  ENOEXEC: 'it is no program of this machine (a script needs a first line such as #!/bin/sh)',
  ENOTDIR: 'a part of the path is not a directory',
};

/** `web-1`, `pod/web-1`, `node/node-1`, `client/outside` → the object. */
function findTarget(client: Client, target: string, flags: ExecFlags): Promise<KubeObject> {
  const [first = '', second, ...more] = target.split('/');
  const [kind, name] = second === undefined ? ['pod', first] : [first, second];
  if (name === '' || more.length > 0) throw usage(`"${target}" is not POD, node/NAME or client/NAME`, 'exec');
  if (/^(pod|pods|po)$/.test(kind)) return getObject(client, 'Pod', flags.namespace, name);
  if (/^(node|nodes|no)$/.test(kind)) return getObject(client, 'Node', '', name);
  if (/^(client|clients)$/.test(kind)) return getObject(client, 'Client', '', name);
  throw usage(`cannot run commands in a "${kind}", only in a pod, a node or a client`, 'exec');
}

async function exec(target: string, words: readonly string[], flags: ExecFlags, command: Command): Promise<void> {
  if (words.length === 0) throw usage('you must specify at least one command for the container', 'exec');
  const client = clientOf(command);
  const [object, lab] = await Promise.all([findTarget(client, target, flags), getLab(client)]);
  const env = { ...process.env, HOSTNAME: object.metadata.name, [MARK_NAME]: labMark(lab.status) };
  try {
    process.exitCode = await execInNamespace(netnsOf(object), words, { env });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT') throw new Exit(NO_SUCH_COMMAND, `error: no program "${words[0]}" on this machine`);
    const why = code === undefined ? undefined : NOT_EXECUTABLE[code];
    if (why === undefined) throw error;
    throw new Exit(CANNOT_EXECUTE, `error: cannot run "${words[0]}": ${why}`);
  }
}

export function register(program: Command): void {
  const command = program
    .command('exec')
    .description(
      'Run a real command inside the network namespace of a pod, a node (node/NAME) or an outside client (client/NAME).\n' +
        'Files, users and processes are those of this machine; the network is that of the lab.',
    )
    .argument('<target>', 'POD, node/NAME or client/NAME')
    .argument('[command...]', 'the command, behind --')
    .option('-i, --stdin', 'accepted for kubectl users: standard input is always passed on')
    .option('-t, --tty', 'accepted for kubectl users: the terminal is always passed on')
    .option('-c, --container <name>', 'accepted for kubectl users: containers of a pod share its network');
  namespaceOption(command).action(exec);
  closing(
    command,
    'kubewire exec client/outside -- curl -s http://192.168.0.240/\n' +
      'kubewire exec -n shop web-6d5f-x2x7q -- tcpdump -ni eth0 -c 10\n' +
      'kubewire exec node/node-1 -- nc -u 10.96.0.10 53',
  );
}
