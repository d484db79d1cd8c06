// ingress.ts - `kubewire ingress`: which rule takes a request from outside; and the proxy that does what the rules say.
import type { Command } from 'commander';
import { BUILT_IN } from '../../cluster/kinds/registry.js';
import { compileRouting } from '../../gateway/compile.js';
import { INGRESS_CONTROLLER, type RoutingObjects } from '../../gateway/objects.js';
import type { HttpPort } from '../../gateway/plan.js';
import { hostOfRequest } from '../../gateway/routing/host.js';
import { type LoadResult, loadManifests } from '../../manifest/load.js';
import { report } from '../../manifest/print.js';
import type { KubeObject } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import { worldFromObjects } from '../../observe/objects.js';
import { Exit, usage } from '../failure.js';
import { closing, filesOption, outputOption } from '../flags.js';
import { clientOf, labOption } from '../lab/client.js';
import { wholeNumber } from '../lab/number.js';
import { serveRouting } from '../lab/proxy.js';
import { readRouting, routingObjects } from '../lab/routing.js';
import { explain, objectsOf } from '../packets/manifests.js';
import { wantsColour } from '../print/colour.js';
import { type AskedUrl, routingJson, routingText } from '../print/routing.js';

interface Flags {
  readonly filename?: readonly string[];
  readonly request: string;
  readonly header: readonly string[];
  readonly output: string;
  readonly serve?: boolean;
  readonly service: string;
  readonly http: string;
  readonly https: string;
}

/** On these it depends which endpoints a Service has. */
const ENDPOINT_MAKERS: ReadonlySet<string> = new Set([
  ...['Namespace', 'Node', 'Service', 'EndpointSlice', 'Endpoints', 'Pod'],
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'],
]);

/** Services with the endpoints that a cluster gives them; those of a recorded state as they are. */
async function backendsOf(loaded: LoadResult): Promise<Pick<RoutingObjects, 'services' | 'endpointSlices'>> {
  const makers = loaded.objects.filter(
    ({ object: { kind, spec } }) => ENDPOINT_MAKERS.has(kind) && (kind !== 'Service' || spec !== undefined),
  );
  const those = { ...loaded, objects: makers };
  try {
    return (await worldFromObjects(objectsOf(those), { impliedNode: null, config: {} })).snapshot;
  } catch (error) {
    return explain(those, error);
  }
}

/** Objects of files; an Ingress without a class is ours when no file has an IngressClass. */
async function objectsOfFiles(paths: readonly string[]): Promise<RoutingObjects> {
  const served = (apiVersion: string, kind: string) =>
    BUILT_IN.ofObject({ apiVersion, kind }) ??
    (apiVersion.startsWith('gateway.networking.k8s.io/') ? { namespaced: kind !== 'GatewayClass' } : undefined);
  const loaded = loadManifests(paths, { served });
  for (const notice of loaded.notices) process.stderr.write(`${notice}\n`);
  if (loaded.issues.length > 0) {
    const printing = { colour: wantsColour(process.stderr), sourceLine: loaded.sourceLine };
    process.stderr.write(report(loaded.issues, printing, 'nothing asked'));
    throw new Exit(1);
  }
  const objects = objectsOf(loaded);
  const { services, endpointSlices } = await backendsOf(loaded);
  const of = (...kinds: string[]): never => objects.filter(({ kind }) => kinds.includes(kind)) as never;
  const classes: KubeObject[] = of('IngressClass');
  return {
    ingressClasses: classes.length > 0 ? classes : [SOME_CLASS],
    ...{ ingresses: of('Ingress'), gatewayClasses: of('GatewayClass'), gateways: of('Gateway') },
    ...{ routes: of('HTTPRoute', 'TCPRoute', 'UDPRoute'), grants: of('ReferenceGrant'), namespaces: of('Namespace') },
    ...{ services, endpointSlices, secrets: of('Secret') },
  };
}

const SOME_CLASS = {
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' },
  metadata: { name: 'kubewire', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
  spec: { controller: INGRESS_CONTROLLER },
};

/** `Name: value`, as curl has it. */
function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined)
        throw usage(`"${line}" is no header, write NAME: VALUE`, 'ingress');
      return [name.toLowerCase(), value];
    }),
  );
}

function askedUrl(text: string, { request, header }: Flags): AskedUrl {
  const whole = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) throw usage(`"${text}" is no URL`, 'ingress');
  const url = new URL(whole);
  const headers: Record<string, string> = { host: url.host, ...headersOf(header) };
  const facts = { host: hostOfRequest(headers.host ?? ''), path: url.pathname, query: url.search.slice(1), headers };
  return { url, facts: { ...facts, method: request.toUpperCase() } };
}

async function run(text: string | undefined, flags: Flags, command: Command): Promise<void> {
  const port = (value: string, flag: string): number => wholeNumber(value, flag, 'ingress', 1, 65_535);
  const facts = { service: flags.service, http: port(flags.http, '--http'), https: port(flags.https, '--https') };
  if (!/^[^/]+\/[^/]+$/.test(facts.service)) throw usage('--service is NAMESPACE/NAME', 'ingress');
  if (flags.serve) return serveRouting(clientOf(command), facts, (line) => process.stdout.write(`${line}\n`));
  if (text === undefined) throw usage('a URL is needed, for example http://shop.example/cart', 'ingress');
  const asked = askedUrl(text, flags);
  const objects = flags.filename
    ? await objectsOfFiles(flags.filename)
    : routingObjects(await readRouting(clientOf(command)));
  const compiled = compileRouting(objects, facts, timestamp(new Date()));
  for (const problem of compiled.problems) process.stderr.write(`warning: ${problem}\n`);
  const { protocol, port: number } = asked.url;
  const wanted = Number(number) || (protocol === 'https:' ? 443 : 80);
  const ports = compiled.ports.filter(
    (one): one is HttpPort => one.protocol === (protocol === 'https:' ? 'HTTPS' : 'HTTP') && one.port === wanted,
  );
  const out =
    flags.output === 'json' ? `${JSON.stringify(routingJson(ports, asked), null, 2)}\n` : routingText(ports, asked);
  process.stdout.write(ports.length === 0 && flags.output !== 'json' ? `nobody listens on port ${wanted}\n` : out);
}

const more = (value: string, before: string[]): string[] => [...before, value];

export function register(program: Command): void {
  const command = program
    .command('ingress')
    .description(
      'Tell which rule of Ingress or Gateway API takes a request, and why: of the running lab, or of manifests.\n' +
        'With --serve, be the proxy that does it: what the pods of examples/ingress run.',
    )
    .argument('[url]', 'http://shop.example/cart?x=1; the scheme is http if left out');
  filesOption(command, 'manifests: a file or a directory (default: the running lab)');
  labOption(outputOption(command, ['text', 'json'], 'text'))
    .option('-X, --request <method>', 'of the request', 'GET')
    .option('-H, --header <line>', 'of the request: "Name: value"; may be repeated', more, [])
    .option('--serve', 'serve Ingresses and Gateways until the lab ends')
    .option(
      '--service <name>',
      'of the proxy itself, NAMESPACE/NAME: its addresses are those of Ingresses',
      'ingress/ingress',
    )
    .option('--http <port>', 'on which --serve takes requests of Ingresses', '80')
    .option('--https <port>', 'the same over TLS', '443')
    .action(run);
  closing(
    command,
    'kubewire ingress http://shop.example/cart\nkubewire ingress -f examples/ingress https://shop.example/ -H "X-User: me"\n' +
      'kubewire ingress shop.example -o json',
    { 0: 'told, also when no rule takes the request' },
  );
}
