// snapshot.ts - kubewire snapshot: the Services of a live cluster, with all they depend on, as a file that -f reads back.
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { KubeObject } from '../../model/objects.js';
import { closing } from '../flags.js';
import { type LiveFlags, liveOptions, readLive } from '../packets/live.js';

interface Flags extends LiveFlags {
  out?: string;
}

const EXAMPLES = `
kubewire snapshot --kubeconfig ~/.kube/config --out prod.yaml
kubewire snapshot --kubeconfig ~/.kube/config --context prod > prod.yaml
kubewire trace -f prod.yaml --from 203.0.113.9 --to svc/web.shop:80 --node worker-1`;

const NOTES = `
Services, EndpointSlices, Nodes and Pods of all namespaces are read, and nothing is written to the cluster. Of each object
all is kept but metadata.managedFields: who owns which field says nothing of packets.`;

const KINDS = ['Service', 'EndpointSlice', 'Node', 'Pod'] as const;

function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  return { ...object, metadata };
}

function summary(items: readonly KubeObject[]): string {
  return KINDS.map((kind) => {
    const count = items.filter((object) => object.kind === kind).length;
    return `${count} ${kind}${count === 1 ? '' : 's'}`;
  }).join(', ');
}

async function snapshot(flags: Flags): Promise<void> {
  const { objects, context } = await readLive(flags, 'snapshot');
  const list = { apiVersion: 'v1', kind: 'List', items: objects.map(withoutManagers) };
  const isJson = flags.out?.endsWith('.json') === true;
  // Aliases would join what is equal by chance.
  const text = isJson ? `${JSON.stringify(list, null, 1)}\n` : stringify(list, { aliasDuplicateObjects: false });
  if (flags.out === undefined) process.stdout.write(text);
  else writeFileSync(flags.out, text);
  const where = flags.out === undefined ? 'were read' : `are in ${flags.out}`;
  process.stderr.write(`${summary(objects)} of context ${context} ${where}\n`);
}

export function register(program: Command): void {
  const command = liveOptions(program.command('snapshot'))
    .description('Write the Services of a live cluster, with all they depend on, to a file that -f reads back')
    .option('--out <file>', 'where to write: JSON if it ends in .json, else YAML (default: standard output)')
    .action(snapshot);
  closing(command, EXAMPLES, {}, NOTES);
}
