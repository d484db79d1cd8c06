// exec.ts - `kubewire exec`: runs a real command inside the namespace of a pod, a node or an outside client.
import type { Command } from 'commander';
import type { PodPlaceView } from '../../api/podplace.js';
import { labMark, MARK_NAME } from '../../lab/host/mark.js';
import { execInNamespace } from '../../lab/host/process.js';
import { withinLab } from '../../lab/pods/environment.js';
import type { KubeObject, Labels, Pod } from '../../model/objects.js';
import { splitKind } from '../../topology/naming.js';
import { Exit, usage } from '../failure.js';
import { closing, namespaceOption } from '../flags.js';
import { type Client, clientOf } from '../lab/client.js';
import { getLab, type LabObject, netnsOf } from '../lab/objects.js';
import { findTarget } from '../lab/target.js';
import { Kinds } from '../objects/discovery.js';
import { listObjects } from '../objects/fetch.js';

interface ExecFlags {
  readonly namespace: string;
  readonly container?: string;
}

/** A shell's exit code for a command that does not exist (POSIX.1-2017 §2.8.2). */
const NO_SUCH_COMMAND = 127;
/** A shell's exit code for a file that cannot be run. */
const CANNOT_EXECUTE = 126;

/** Errors of execve(2) that are due to the file. */
const NOT_EXECUTABLE: Readonly<Record<string, string>> = {
  EACCES: 'it is not an executable file, or you may not execute it',
  ENOEXEC: 'it is no program of this machine (a script needs a first line such as #!/bin/sh)',
  ENOTDIR: 'a part of the path is not a directory',
};

type Place = Pick<PodPlaceView, 'variables' | 'hostname' | 'view'>;
type Selecting = KubeObject & { readonly spec?: { readonly selector?: Labels & { readonly matchLabels?: Labels } } };

/** The first running pod that a Service or a workload selects, as in kubectl. */
async function podBehind(client: Client, kinds: Kinds, owner: Selecting): Promise<KubeObject> {
  const { selector } = owner.spec ?? {};
  const labels = Object.entries(selector?.matchLabels ?? (selector as Labels | undefined) ?? {});
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  const scope = { namespace: owner.metadata.namespace, labelSelector };
  const pods = labels.length === 0 ? [] : (await listObjects(client, kinds.resolve('pods'), scope)).objects;
  const running = pods.find((pod) => (pod.status as { phase?: string } | undefined)?.phase === 'Running') ?? pods[0];
  if (running) return running;
  throw new Exit(1, `error: ${owner.kind} ${owner.metadata.name} has no pod\nSee: kubewire get pods`);
}

/** `web-1`, `pod/web-1`, `shop/web-1`, `deploy/web`, `svc/web`, `node/node-1`, `client/outside` → where to run. */
async function placeNamed(client: Client, target: string, { namespace }: ExecFlags): Promise<KubeObject> {
  const found = await findTarget(client, target, namespace);
  const { kind } = splitKind(target);
  const kinds = await Kinds.load(client);
  return kind === 'service' || kind === 'workload' ? podBehind(client, kinds, found as Selecting) : found;
}

/** Pods have files and variables of their own; machines have those of this one. */
function placeOf(client: Client, { kind, metadata }: KubeObject, { container }: ExecFlags): Promise<Place> {
  const { name, namespace = 'default' } = metadata;
  if (kind !== 'Pod') return Promise.resolve({ variables: { HOSTNAME: name }, hostname: name, view: null });
  const query = container === undefined ? '' : `?container=${encodeURIComponent(container)}`;
  return client.get<PodPlaceView>(`/apis/kubewire.dev/v1alpha1/namespaces/${namespace}/pods/${name}/place${query}`);
}

/** Nothing runs on a node that is switched off. */
function refuseStopped(object: KubeObject, { status }: LabObject): void {
  const node = object.kind === 'Node' ? object.metadata.name : (object as Pod).spec?.nodeName;
  if (node !== undefined && status.stopped?.includes(node))
    throw new Exit(1, `error: ${node} is switched off\nSee: kubewire node start ${node}`);
}

async function exec(target: string, words: readonly string[], flags: ExecFlags, command: Command): Promise<void> {
  if (words.length === 0) throw usage('you must specify at least one command for the container', 'exec');
  const client = clientOf(command);
  const [object, lab] = await Promise.all([placeNamed(client, target, flags), getLab(client)]);
  refuseStopped(object, lab);
  const netns = netnsOf(object);
  const { variables, hostname, view } = await placeOf(client, object, flags);
  const env = { ...withinLab(process.env), ...variables, [MARK_NAME]: labMark(lab.status) };
  try {
    process.exitCode = await execInNamespace(netns, words, { env, hostname, ...(view ? { view } : {}) });
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
        'Users and processes are those of this machine, and so are its files, but for what a pod has of its own: names,\n' +
        'volumes, the token of its ServiceAccount. The network is that of the lab.',
    )
    .argument(
      '<target>',
      'POD, deploy/NAME, svc/NAME, node/NAME or client/NAME; NAMESPACE/POD; the beginning of a name',
    )
    .argument('[command...]', 'the command, behind --')
    .option('-i, --stdin', 'accepted for kubectl users: standard input is always passed on')
    .option('-t, --tty', 'accepted for kubectl users: the terminal is always passed on')
    .option(
      '-c, --container <name>',
      'whose volumes and variables (default: the first one); containers of a pod share its network',
    );
  namespaceOption(command).action(exec);
  closing(
    command,
    'kubewire exec client/outside -- curl -s http://192.168.0.240/\n' +
      'kubewire exec -n shop web-6d5f-x2x7q -- tcpdump -ni eth0 -c 10\n' +
      'kubewire exec node/node-1 -- nc -u 10.96.0.10 53',
  );
}
