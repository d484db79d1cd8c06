// explain.ts - kubewire explain: what a node's own rules do with a packet, read from its dumps.
import { type Command, Option } from 'commander';
import { type Audit, audit } from '../../dump/audit/audit.js';
import type { Mode } from '../../dump/audit/modes.js';
import { findingLines, tellAudit } from '../../dump/audit/story.js';
import { readDumps } from '../../dump/read/dump.js';
import { readIptablesTrace } from '../../dump/traced/iptables.js';
import { readNftTrace } from '../../dump/traced/nft.js';
import { joinTraces, tellTraces } from '../../dump/traced/packets.js';
import { type Answer, explainer } from '../../dump/walk/answer.js';
import type { Question } from '../../dump/walk/packet.js';
import { questionOf } from '../../dump/walk/question.js';
import { branchLine, stages, stepLines, tellAnswer, titleOf, verdictLine } from '../../dump/walk/story.js';
import { hereOf } from '../../dump/walk/walk.js';
import { planOf } from '../../observe/fleet.js';
import type { FlowRequest } from '../../observe/flow.js';
import type { NodePlan } from '../../plan/plan.js';
import { usage } from '../failure.js';
import { closing, offer, outputOption } from '../flags.js';
import { readFlows } from '../packets/flows.js';
import {
  addressesOf,
  byAddress,
  bytesOf,
  type DumpFlags,
  type Given,
  givenObjects,
  nodeOf,
} from '../packets/nodedump.js';
import { worldOptions } from '../packets/world.js';
import { asPage, type Page, typedCommand } from '../print/page.js';

interface Flags extends DumpFlags {
  from?: string;
  to?: string;
  proto: string;
  inInterface?: string;
  ct: Question['state'];
  flows?: string;
  verbose?: boolean;
  audit?: boolean;
  nftTrace?: string;
  iptablesTrace?: string;
  output: string;
}

const EXAMPLES = `
iptables-save | kubewire explain --node-dump - --from 10.244.1.7 --to 10.96.0.10:53 --proto udp
kubewire explain --node-dump rules.txt --local-address 192.168.0.11 --from 203.0.113.9 --to 192.168.0.11:30080 -v
kubewire explain --node-dump iptables.txt addr.json route.json --in-interface eth0 --from 10.0.0.9 --to 10.96.0.1:443
kubewire explain --node-dump rules.txt --audit -f objects.yaml --node node-1 --cluster-cidr 10.244.0.0/16
kubewire explain --node-dump node.tgz --kubeconfig ~/.kube/config --node worker-1 --from pod/client --to svc/web.shop:80
nft -a monitor trace | head -500 | kubewire explain --node-dump nft.txt --nft-trace -
kubewire explain --node-dump rules.txt --flows flows.json -o json     many packets: [{"from","to","proto"}, ...]`;

const NOTES = `
Dumps are what these print on the node, in any number, order and mixture: iptables-save, ip6tables-save, nft list ruleset
(also with -j), ipvsadm -Sn, ipset save, ip -j addr, ip -j route show table all, ip -j rule, conntrack -L -o extended, sysctl -a.
With objects (-f or --kubeconfig) ends have names, chains their Services, addresses their pods, each with its line of -f.
The packet is the first of its connection unless --ct says otherwise. What no dump decides is told as what it depends on,
with every branch; chances are those of the rules.`;

const more = (value: string, before: string[]): string[] => [...before, value];

function flowsOf(flags: Flags): readonly FlowRequest[] {
  if (flags.flows !== undefined) return readFlows(flags.flows);
  if (flags.from === undefined || flags.to === undefined) {
    throw usage('--from and --to are needed (or --flows FILE)', 'explain');
  }
  return [{ from: flags.from, to: flags.to, proto: flags.proto }];
}

async function answersOf(flags: Flags): Promise<Answer[]> {
  const flows = flowsOf(flags);
  const node = nodeOf(flags);
  const given = await givenObjects(node, flags);
  const here = hereOf(node, addressesOf(node, flags, given));
  const explain = explainer(here, { tried: flags.verbose === true }, given?.known);
  return flows.map(({ from, to, proto = flags.proto }) => {
    const protocol = proto.toLowerCase();
    const { notes, ...ends } = byAddress({ from, to, proto: protocol }, given, flags.namespace ?? 'default');
    const question = questionOf({ ...ends, protocol, inInterface: flags.inInterface ?? null, state: flags.ct });
    const answer = explain({ from, to, protocol, question });
    return { ...answer, notes: [...notes, ...answer.notes] };
  });
}

const WELL: ReadonlySet<string> = new Set(['dnat', 'accept']);

function pageOf(answers: readonly Answer[]): Page {
  const [only] = answers;
  const many = answers.length > 1;
  return {
    title: only && !many ? titleOf(only) : `${answers.length} packets`,
    answer: only && !many ? verdictLine(only) : 'One after the other',
    well: many || WELL.has(only?.verdict ?? ''),
    sections: answers.flatMap((answer) => [
      {
        title: many ? titleOf(answer) : 'Where it ends',
        text: many ? [verdictLine(answer)] : [],
        lines: answer.branches.map(branchLine),
      },
      ...stages(answer).map(({ hook, steps }) => ({ title: hook, lines: steps.flatMap(stepLines) })),
      ...(answer.notes.length > 0 ? [{ title: 'Taken for granted', text: answer.notes }] : []),
    ]),
    legend: [],
    again: typedCommand(),
  };
}

function print(answers: readonly Answer[], flags: Flags): void {
  const page = asPage(flags.output, () => pageOf(answers));
  if (page !== null) process.stdout.write(page);
  else if (flags.output === 'json') {
    process.stdout.write(`${JSON.stringify(flags.flows === undefined ? answers[0] : answers, null, 2)}\n`);
  } else process.stdout.write(answers.map(tellAnswer).join(`\n${'-'.repeat(72)}\n\n`));
}

// ---- audit

const objectsOption = (command: Command): Command =>
  command.option(
    '-f, --filename <path...>',
    'objects of the cluster: kubectl get svc,endpointslices,nodes,pods -A -o yaml',
    more,
    [],
  );

/** What the node must do for the objects, mode by mode; null without any. */
function plansOf(given: Given | null): ((mode: Mode) => NodePlan) | null {
  const node = given?.home ?? given?.world.topology.nodes[0];
  return given && node ? (mode) => planOf(given.world, node, mode) : null;
}

function auditPage({ findings, modes }: Audit): Page {
  return {
    title: 'Audit of a node',
    answer: findings.length === 0 ? 'Nothing is wrong.' : `${findings.length} findings`,
    well: findings.length === 0,
    sections: [
      { title: 'Rules of kube-proxy', text: [modes.length === 0 ? 'none' : modes.join(', ')] },
      ...findings.map((one) => ({ title: one.message, lines: findingLines(one).slice(1) })),
    ],
    legend: [],
    again: typedCommand(),
  };
}

async function runAudit(flags: Flags): Promise<void> {
  const node = nodeOf(flags);
  const given = await givenObjects(node, flags);
  addressesOf(node, flags, given);
  const result = audit(node, plansOf(given), flags.localAddress);
  const page = asPage(flags.output, () => auditPage(result));
  const json = (): string => `${JSON.stringify(result, null, 2)}\n`;
  process.stdout.write(page ?? (flags.output === 'json' ? json() : tellAudit(result)));
  if (result.findings.length > 0) process.exitCode = 1;
}

// ---- traces of the kernel

/** What the kernel told of packets, joined to the dumps where there are any. */
function runTrace(flags: Flags): void {
  const { nftTrace, iptablesTrace } = flags;
  const path = nftTrace ?? iptablesTrace ?? '';
  const text = bytesOf(path).toString('utf8');
  const read = nftTrace === undefined ? readIptablesTrace : readNftTrace;
  const node = flags.nodeDump.length === 0 ? readDumps([]) : nodeOf(flags);
  const story = joinTraces(node, read(text, path === '-' ? 'stdin' : path));
  const page = asPage(flags.output, () => ({
    title: 'What the kernel told',
    answer: `${story.packets.length} packets`,
    well: story.packets.every(({ verdict }) => verdict === 'accept'),
    sections: story.packets.map((one) => ({
      title: one.packet,
      lines: tellTraces({ version: 1, packets: [one] })
        .split('\n')
        .slice(1),
    })),
    legend: [],
    again: typedCommand(),
  }));
  process.stdout.write(page ?? (flags.output === 'json' ? `${JSON.stringify(story, null, 2)}\n` : tellTraces(story)));
}

async function run(flags: Flags): Promise<void> {
  if (flags.nftTrace !== undefined || flags.iptablesTrace !== undefined) {
    runTrace(flags);
    return;
  }
  if (flags.audit) await runAudit(flags);
  else print(await answersOf(flags), flags);
}

export function register(program: Command): void {
  const command = program
    .command('explain')
    .description("Tell what a node's own rules do with a packet, from its dumps")
    .option(
      '--node-dump <file...>',
      'what iptables-save and others print on the node, or the .tgz of kubewire collect; - is standard input',
      more,
      [],
    )
    .option('--from <source>', 'IP[:PORT]; with objects also pod/NAME, node/NAME or client/NAME')
    .option('--to <destination>', 'IP:PORT; with objects also svc/NAME:PORT, pod/NAME:PORT or DNSNAME:PORT')
    .addOption(offer(new Option('--proto <protocol>', 'what is sent').default('tcp'), ['tcp', 'udp', 'sctp', 'icmp']))
    .option('--in-interface <name>', 'the interface through which the packet comes')
    .option('--local-address <address...>', 'addresses of the node, where no dump has them', more, [])
    .addOption(
      new Option('--ct <state>', 'is it the first packet of its connection?')
        .choices(['new', 'established'])
        .default('new'),
    )
    .option('--flows <file>', 'JSON array of {from, to, proto}; results come in the same order')
    .option('-v, --verbose', 'also the rules that were tried and did not match')
    .option('--audit', 'no packet: what is wrong with the rules, and with objects what is not as they say');
  command
    .option(
      '--nft-trace <file>',
      'what nft monitor trace told (best with -a), joined to the dumps; - for standard input',
    )
    .option('--iptables-trace <file>', 'TRACE lines of the kernel, joined to the dumps; - for standard input');
  objectsOption(command).option(
    '--node <node>',
    'the node of the dumps, as the objects name it (default: the one with its addresses)',
  );
  worldOptions(outputOption(command, ['text', 'json', 'html', 'md'], 'text'), true).action((flags: Flags) =>
    run(flags),
  );
  closing(command, EXAMPLES, { 1: 'not done, or the audit found something' }, NOTES);
}
