// expose.ts - `kubewire expose`: a Service in front of a Deployment, ReplicaSet, StatefulSet, Pod or another Service.
import { type Command, Option } from 'commander';
import type { Container, KubeObject, Labels, PodSpec, Protocol, Service, ServicePort } from '../../model/objects.js';
import { Exit, usage } from '../failure.js';
import { closing } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { collectionPath, Kinds, kindText, objectPath } from '../objects/discovery.js';
import { dryRunOf, dryRunQuery, type OutcomeFlags, outcomeOptions, printOutcomes } from '../objects/outcome.js';
import { selectObjects } from '../objects/select.js';

interface ExposeFlags extends OutcomeFlags {
  readonly namespace: string;
  readonly name?: string;
  readonly port?: string;
  readonly targetPort?: string;
  readonly protocol?: string;
  readonly type?: string;
  readonly clusterIp?: string;
  readonly externalIp?: string;
  readonly loadBalancerIp?: string;
  readonly sessionAffinity?: string;
  readonly selector?: string;
  readonly labels?: string;
}

interface PortOfPod {
  readonly port: number;
  readonly protocol: Protocol;
}

/** `a=b,c=d` → labels. */
export function parseLabels(text: string, flag: string): Labels {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw usage(`--${flag} takes KEY=VALUE pairs, not "${pair}"`, 'expose');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

/** What a Service has to select to reach the pods of an object. Throws Exit if the object has no such labels. */
function selectorOf(object: KubeObject, what: string): Labels {
  const spec = (object.spec ?? {}) as { selector?: { matchLabels?: Labels; matchExpressions?: unknown[] } & Labels };
  if (object.kind === 'Pod') {
    if (Object.keys(object.metadata.labels ?? {}).length === 0) {
      throw new Exit(1, 'error: the pod has no labels and cannot be exposed');
    }
    return object.metadata.labels ?? {};
  }
  if (object.kind === 'Service') {
    const selector = (spec.selector ?? {}) as Labels;
    if (Object.keys(selector).length > 0) return selector;
  }
  const { matchLabels, matchExpressions = [] } = spec.selector ?? {};
  if (matchExpressions.length > 0) {
    throw new Exit(
      1,
      `error: couldn't convert expressions - "${JSON.stringify(matchExpressions)}" to map-based selector format`,
    );
  }
  if (matchLabels && Object.keys(matchLabels).length > 0) return matchLabels;
  throw new Exit(1, `error: couldn't retrieve selectors via --selector flag or introspection: cannot expose a ${what}`);
}

function podPorts(object: KubeObject): PortOfPod[] {
  if (object.kind === 'Service') {
    return ((object as Service).spec.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol }));
  }
  const spec = object.spec as (PodSpec & { template?: { spec?: PodSpec } }) | undefined;
  const containers: readonly Container[] =
    (object.kind === 'Pod' ? spec?.containers : spec?.template?.spec?.containers) ?? [];
  return containers.flatMap(({ ports = [] }) =>
    ports.map(({ containerPort, protocol = 'TCP' }) => ({ port: containerPort, protocol })),
  );
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw usage(`--port takes port numbers, not "${text}"`, 'expose');
  return Number(text);
}

function portsOf(flags: ExposeFlags, object: KubeObject): ServicePort[] {
  const known = podPorts(object);
  const numbers =
    flags.port === undefined ? [...new Set(known.map(({ port }) => port))] : flags.port.split(',').map(portNumber);
  if (numbers.length === 0) throw usage("couldn't find port via --port flag or introspection", 'expose');
  const protocolsOf = (number: number): Protocol[] => {
    if (flags.protocol !== undefined) return [flags.protocol.toUpperCase() as Protocol];
    const spoken = [...new Set(known.filter(({ port }) => port === number).map(({ protocol }) => protocol))];
    return spoken.length > 0 ? spoken : ['TCP'];
  };
  const all = numbers.flatMap((port) => protocolsOf(port).map((protocol) => ({ port, protocol })));
  const target = (port: number): number | string => {
    if (flags.targetPort === undefined) return port;
    return /^\d+$/.test(flags.targetPort) ? Number(flags.targetPort) : flags.targetPort;
  };
  return all.map(({ port, protocol }, i) => ({
    ...(all.length > 1 ? { name: `port-${i + 1}` } : {}),
    port,
    protocol,
    targetPort: target(port),
  }));
}

/** DNS-1035: the longest name that a Service may have. */
const LONGEST_NAME = 63;

/** The Service that `expose` creates for an object. */
export function serviceFor(object: KubeObject, flags: ExposeFlags, what: string): Service {
  const selector = flags.selector === undefined ? selectorOf(object, what) : parseLabels(flags.selector, 'selector');
  const labels = flags.labels === undefined ? object.metadata.labels : parseLabels(flags.labels, 'labels');
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
      name: flags.name ?? object.metadata.name.slice(0, LONGEST_NAME),
    },
    spec: {
      ports: portsOf(flags, object),
      selector,
      ...(flags.type === undefined ? {} : { type: flags.type as 'NodePort' }),
      ...(flags.externalIp === undefined ? {} : { externalIPs: flags.externalIp.split(',') }),
      ...(flags.loadBalancerIp === undefined ? {} : { loadBalancerIP: flags.loadBalancerIp }),
      ...(flags.sessionAffinity === undefined ? {} : { sessionAffinity: flags.sessionAffinity as 'None' }),
      ...(flags.clusterIp === undefined ? {} : { clusterIP: flags.clusterIp }),
    },
    status: { loadBalancer: {} },
  };
}

const EXPOSABLE = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'Pod', 'Service', 'ReplicationController']);

async function expose(words: string[], flags: ExposeFlags, command: Command): Promise<void> {
  const dryRun = dryRunOf(flags, 'expose');
  // After the verb, --name is the Service's; the lab is named before it, or by --context.
  const client = clientOf(command.parent ?? command);
  const kinds = await Kinds.load(client);
  const [selection, ...others] = selectObjects(words, 'expose', kinds);
  const [name] = selection?.names ?? [];
  if (!selection || name === undefined || others.length > 0 || selection.names.length > 1) {
    throw usage('name one object to expose, for example: kubewire expose deployment web --port=80', 'expose');
  }
  const { kind } = selection;
  if (!EXPOSABLE.has(kind.kind))
    throw new Exit(1, `error: cannot expose a ${kind.kind}${kind.group ? `.${kind.group}` : ''}`);
  const object = await client.get<KubeObject>(objectPath(kind, flags.namespace, name));
  const service = serviceFor({ ...object, kind: kind.kind }, flags, kindText(kind));
  if (dryRun === 'client') {
    printOutcomes([{ object: service, done: 'exposed' }], flags, 'expose', kinds);
    return;
  }
  const path = collectionPath(kinds.resolve('services'), flags.namespace);
  const answer = await client.exchange('POST', path, { query: dryRunQuery(dryRun), body: service });
  printOutcomes([{ object: answer.body as KubeObject, done: 'exposed' }], flags, 'expose', kinds);
}

export function register(program: Command): void {
  const command = program
    .command('expose')
    .description('Put a new service in front of a deployment, replicaset, statefulset, pod or service.')
    .argument('[TYPE|TYPE/NAME] [NAME...]')
    .option('--port <port>', 'the port of the service; the ports of the pods if left out')
    .option('--target-port <port>', 'the port of the pods, by number or name; the same as --port if left out')
    .option(
      '--name <name>',
      'the name of the service; the name of the object if left out (a lab is named before the verb)',
    )
    .addOption(new Option('--type <type>', 'who can reach it').choices(['ClusterIP', 'NodePort', 'LoadBalancer']))
    .option('--protocol <protocol>', 'TCP, UDP or SCTP')
    .option('--selector <labels>', 'what the service selects, instead of what the object selects')
    .option('-l, --labels <labels>', 'labels of the service, instead of those of the object')
    .option('--external-ip <addresses>', 'external addresses, with commas between')
    .option('--load-balancer-ip <address>', 'the address that the load balancer should give')
    .option('--cluster-ip <address>', 'the cluster address, or None for a headless service')
    .option('--session-affinity <kind>', 'None or ClientIP')
    .option('-n, --namespace <namespace>', 'the namespace; "default" if left out', 'default');
  outcomeOptions(command).action(expose);
  closing(command, 'kubewire expose deployment web --port=80 --target-port=8080 --type=NodePort');
}
