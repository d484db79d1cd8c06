// capture.ts - `kubewire capture`: the packets of a pod, Service, node, link or client at every hop, as pcapng or as lines.
import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { CapturedLine, CaptureSummary } from '../../api/capture/capture.js';
import { splitKind } from '../../topology/naming.js';
import { usage } from '../failure.js';
import { closing, namespaceOption, outputOption } from '../flags.js';
import { nodesAsked } from '../lab/asked.js';
import { type Client, clientOf } from '../lab/client.js';
import { secondsOf, wholeNumber } from '../lab/number.js';
import { stopSignal } from '../lab/signal.js';
import { findTarget } from '../lab/target.js';
import { closed, opened, put } from '../lab/written.js';

interface CaptureFlags {
  readonly namespace: string;
  readonly write?: string;
  readonly count?: number;
  readonly for?: string;
  readonly snapshotLength?: number;
  readonly output?: string;
}

const LINK = 'link/';
const FABRIC = 'fabric';
const MOST = 1_000_000_000;
/** As tcpdump's. */
const LONGEST = 262_144;

/** The subject as the API takes it, with whole names. */
async function subjectOf(client: Client, target: string, namespace: string): Promise<string> {
  if (target.startsWith(LINK)) {
    const [node = ''] = await nodesAsked(client, target.slice(LINK.length));
    return `${LINK}${node}`;
  }
  const { kind, rest } = splitKind(target);
  if (kind === 'node' && rest === FABRIC) return target;
  if (kind === 'workload') throw usage('capture takes pod/, svc/, node/, link/ or client/ and a name', 'capture');
  const { metadata } = await findTarget(client, target, namespace);
  const word = kind === null ? 'pod' : kind === 'service' ? 'svc' : kind;
  return metadata.namespace === undefined
    ? `${word}/${metadata.name}`
    : `${word}/${metadata.namespace}/${metadata.name}`;
}

/** `node-1 in  pod/shop/web-1  FORWARD SERVICE  shop/api:http  TCP 10.244.1.2:40000 → 10.96.0.9:80`, with the time first. */
function lineText(line: CapturedLine): string {
  const { time, node, stage, port, verdict, reason, service, packet, length } = line;
  const clock = time.slice(11, 26);
  return `${clock} ${node} ${stage.padEnd(3)} ${port}  ${verdict} ${reason}  ${service ?? '-'}  ${packet}, ${length} bytes`;
}

/** Copies the stream; as text, line by line. */
async function copy(parts: AsyncGenerator<Buffer>, to: Writable, flags: CaptureFlags): Promise<void> {
  const isRaw = flags.write !== undefined || flags.output === 'json';
  let rest = '';
  for await (const part of parts) {
    if (isRaw) {
      await put(to, part);
      continue;
    }
    const lines = (rest + part.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) await put(to, `${lineText(JSON.parse(line) as CapturedLine)}\n`);
  }
}

async function capture(target: string, words: readonly string[], flags: CaptureFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const query = {
    seconds: secondsOf(flags.for, 'capture'),
    count: flags.count?.toString(),
    snap: flags.snapshotLength?.toString(),
    filter: words.length > 0 ? words.join(' ') : undefined,
    format: flags.write === undefined ? 'json' : 'pcapng',
    subject: await subjectOf(client, target, flags.namespace),
  };
  const path = `/apis/kubewire.dev/v1alpha1/captures/${randomUUID()}`;
  const summary = (): Promise<CaptureSummary> =>
    client.exchange('DELETE', path).then(({ body }) => body as CaptureSummary);
  const parts = client.stream(path, query);
  const to = await opened(flags.write);
  process.stderr.write(`Capturing ${query.subject}; Ctrl-C ends it.\n`);
  // The lab then writes what it still has, and ends the stream.
  void stopSignal().promise.then(summary);
  await copy(parts, to, flags);
  await closed(to);
  const { packets, leftOut } = await summary();
  process.stderr.write(`${packets} packets captured, ${leftOut} left out\n`);
}

export function register(program: Command): void {
  const command = program
    .command('capture')
    .description(
      'Capture the packets of a pod, service, node, link (of a node to the others) or client at every node that they pass,\n' +
        'as they came and as they left. Each carries node, stage, verdict, reason, service, rule and generation of tables:\n' +
        'as a comment in a pcapng file (-w), or in a line of text. The dataplane never waits for it.',
    )
    .argument('<target>', 'POD, pod/NAME, svc/NAME, node/NAME, link/NODE or client/NAME; NAMESPACE/NAME')
    .argument('[filter...]', 'which packets, in the language of tcpdump (man pcap-filter)')
    .option('-w, --write <file>', 'a pcapng file with one interface for each hook point; - for standard output')
    .option('-c, --count <packets>', 'end after so many', (text) => wholeNumber(text, '--count', 'capture', 1, MOST))
    .option('--for <duration>', 'end after this time, such as 8s')
    .option('-s, --snapshot-length <bytes>', 'keep so many bytes of each packet', (text) =>
      wholeNumber(text, '--snapshot-length', 'capture', 1, LONGEST),
    );
  namespaceOption(outputOption(command, ['json'])).action(capture);
  closing(
    command,
    'kubewire capture svc/web -n shop\nkubewire capture client/outside -w out.pcapng tcp port 80\n' +
      'kubewire capture node/node-1 -w - | tshark -r - -T fields -e frame.comment\n' +
      'kubewire capture pod/shop/web-1 -w - udp | wireshark -k -i -',
  );
}
