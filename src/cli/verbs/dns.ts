// dns.ts - `kubewire dns`: what the cluster's DNS answers to a question; of the running lab, or of manifests.
import type { Command } from 'commander';
import { type Answer, type DnsRecord, dataText, type QuestionType } from '../../dns/answer.js';
import { Directory, type DirectorySource } from '../../dns/directory.js';
import { absolute, folded, isReverse } from '../../dns/name.js';
import { type PodMode, Resolver, type ResolverOptions } from '../../dns/resolver.js';
import { serveDns } from '../../dns/server.js';
import type { EndpointSlice, KubeObject, Service } from '../../model/objects.js';
import { worldFromObjects } from '../../observe/objects.js';
import { usage } from '../failure.js';
import { closing, filesOption, offer, outputOption } from '../flags.js';
import { type Client, clientOf, labOption } from '../lab/client.js';
import { LiveDirectory } from '../lab/directory.js';
import { wholeNumber } from '../lab/number.js';
import { stopSignal } from '../lab/signal.js';
import { explain, type FileFlags, loadFiles, objectsOf } from '../packets/manifests.js';
import { takingOptions } from '../packets/world.js';
import { TABLE, tabulate } from '../print/tabwriter.js';

interface Flags extends FileFlags {
  readonly filename?: readonly string[];
  readonly ttl: string;
  readonly zone: readonly string[];
  readonly clusterDomain: string;
  readonly pods: string;
  readonly output: string;
  readonly serve?: string;
}

const TYPES = ['A', 'AAAA', 'ANY', 'CNAME', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;
/** Types that exist, but that no name of a cluster has records of. */
const OTHER_TYPES = ['AXFR', 'CAA', 'DS', 'HTTPS', 'IXFR', 'MX', 'NAPTR', 'SVCB'] as const;
const POD_MODES: readonly PodMode[] = ['disabled', 'insecure', 'verified'];
/** RFC 2181 §8. */
const MOST_TTL = 2 ** 31 - 1;
/** All addresses, as the reverse zones of an ordinary Corefile. */
const REVERSE_ZONES = ['in-addr.arpa', 'ip6.arpa'];

function typeOf(text: string): QuestionType {
  const word = text.toUpperCase();
  const known = TYPES.find((type) => type === word);
  if (known) return known;
  if (word === 'AXFR' || word === 'IXFR') return word;
  if (OTHER_TYPES.some((type) => type === word) || /^TYPE\d{1,5}$/.test(word)) return 'OTHER';
  throw usage(`unknown type "${text}", use ${TYPES.join(', ')}`, 'dns');
}

/** The names of manifests, which a cluster completes first; those of a recorded state as they are. */
async function sourceOfFiles(paths: readonly string[], flags: Flags): Promise<DirectorySource> {
  const { loaded, taking } = loadFiles(flags, paths, 'dns');
  const objects = objectsOf(loaded);
  const declared = objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
  try {
    const { snapshot } = await worldFromObjects(objects, { impliedNode: null, config: {}, taking });
    const { services, endpointSlices, pods = [] } = snapshot;
    const inhabited = [...objects, ...services].map(({ metadata }) => metadata.namespace ?? 'default');
    return { namespaces: ['default', ...declared, ...inhabited], services, endpointSlices, pods };
  } catch (error) {
    return explain(loaded, error);
  }
}

async function sourceOfLab(client: Client): Promise<DirectorySource> {
  const items = async <T extends KubeObject>(path: string): Promise<T[]> =>
    (await client.get<{ items: T[] }>(path)).items;
  const [namespaces, services, endpointSlices, pods] = await Promise.all([
    items('/api/v1/namespaces'),
    items<Service>('/api/v1/services'),
    items<EndpointSlice>('/apis/discovery.k8s.io/v1/endpointslices'),
    items('/api/v1/pods'),
  ]);
  return { namespaces: namespaces.map(({ metadata }) => metadata.name), services, endpointSlices, pods };
}

const recordJson = (record: DnsRecord): object => ({
  name: record.name,
  ttl: record.ttl,
  class: 'IN',
  type: record.type,
  data: dataText(record),
});

const answerJson = ({ rcode, answer, additional, authority }: Answer): object => ({
  rcode,
  answer: answer.map(recordJson),
  additional: additional.map(recordJson),
  authority: authority.map(recordJson),
});

/** As dig prints it, without what only concerns the wire. */
function answerText({ rcode, answer, additional, authority, why }: Answer): string {
  const sections = [
    ['ANSWER', answer],
    ['AUTHORITY', authority],
    ['ADDITIONAL', additional],
  ] as const;
  const parts = sections
    .filter(([, records]) => records.length > 0)
    .map(([title, records]) => {
      const rows = records.map((record) => [record.name, String(record.ttl), 'IN', record.type, dataText(record)]);
      return `;; ${title}\n${tabulate(rows, TABLE)}`;
    });
  return [`;; ${rcode}${why === undefined ? '' : `: ${why}`}\n`, ...parts].join('\n');
}

/**
 * A name without a final dot that is in no zone is one of the cluster's: `web.shop` → `web.shop.svc.ZONE`, and
 * `_http._tcp.web.shop` as well.
 */
function fullName(name: string, zones: readonly string[]): string {
  const inside = zones.some((zone) => folded(name) === folded(zone) || folded(name).endsWith(`.${folded(zone)}`));
  if (name.endsWith('.') || inside || isReverse(folded(name))) return absolute(name);
  const labels = name.split('.');
  const home = zones[0] ?? '';
  if (labels.at(-1) === 'svc' || labels.at(-1) === 'pod') return absolute(`${name}.${home}`);
  const own = labels.filter((label) => !label.startsWith('_')).length;
  return absolute(own === 1 ? `${name}.default.svc.${home}` : own === 2 ? `${name}.svc.${home}` : name);
}

/** `53`, `:53` or `127.0.0.1:53`: all addresses when none is named. */
function placeOf(text: string): { host: string; port: number } {
  const place = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d+)$/.exec(text);
  if (!place) throw usage(`--serve: "${text}" is no port and no address and port`, 'dns');
  return { host: place[1] || place[2] || '::', port: wholeNumber(place[3] ?? '', '--serve', 'dns', 0, 65_535) };
}

/** Serves the names of the running lab until it ends: the pod of a cluster DNS runs this. */
async function serve(place: string, options: ResolverOptions, command: Command): Promise<void> {
  const asked = stopSignal();
  const live = await LiveDirectory.open(clientOf(command), () => asked.stop());
  const server = await serveDns(new Resolver(() => live.now, options), placeOf(place), Math.random);
  process.stderr.write(`DNS is served at ${server.address}.\n`);
  await asked.promise;
  await server.close();
}

async function run(name: string | undefined, type: string, flags: Flags, command: Command): Promise<void> {
  const pods = POD_MODES.find((mode) => mode === flags.pods);
  if (!pods) throw usage(`--pods: "${flags.pods}" is none of ${POD_MODES.join(', ')}`, 'dns');
  const asked = typeOf(type);
  const zones = [flags.clusterDomain, ...(flags.zone.length > 0 ? flags.zone : REVERSE_ZONES)];
  const options = { zones, ttl: wholeNumber(flags.ttl, '--ttl', 'dns', 0, MOST_TTL), pods, serial: 1 };
  if (flags.serve !== undefined) return serve(flags.serve, options, command);
  if (name === undefined) throw usage('a name is needed', 'dns');
  const source = flags.filename ? await sourceOfFiles(flags.filename, flags) : await sourceOfLab(clientOf(command));
  const directory = new Directory(source);
  const answer = new Resolver(() => directory, options).answer(fullName(name, zones), asked);
  process.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(answerJson(answer), null, 2)}\n` : answerText(answer),
  );
}

const more = (value: string, before: string[]): string[] => [...before, value];

export function register(program: Command): void {
  const command = program
    .command('dns')
    .description("Ask the cluster's DNS: what a name or an address leads to, by the Kubernetes DNS specification")
    .argument('[name]', 'web.shop, web.shop.svc.cluster.local, 10.0.96.10.in-addr.arpa, ...')
    .argument('[type]', `one of ${TYPES.join(', ')}`, 'A');
  filesOption(command, 'manifests: a file or a directory (default: the running lab)');
  takingOptions(labOption(outputOption(command, ['text', 'json'], 'text')))
    .option('--ttl <seconds>', 'of records', '30')
    .option('--cluster-domain <name>', "the cluster's zone", 'cluster.local')
    .option('--zone <zone>', 'a zone of addresses read backwards that is answered, too (default: all)', more, [])
    .addOption(
      offer(command.createOption('--pods <mode>', 'names of pods: disabled, insecure, verified'), POD_MODES).default(
        'insecure',
      ),
    )
    .option('--serve <port>', 'answer the queries that come to PORT or ADDRESS:PORT, until the lab ends')
    .action(run);
  closing(
    command,
    'kubewire dns web.shop\nkubewire dns -f examples/shop _http._tcp.web.shop SRV\n' +
      'kubewire dns 1.0.96.10.in-addr.arpa PTR -o json',
    { 0: 'an answer came, also NXDOMAIN' },
  );
}
