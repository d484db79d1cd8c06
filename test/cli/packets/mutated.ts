// mutated.ts - gives manifests in which one field is null, empty, something else or missing to every verb that takes -f.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { parseAllDocuments } from 'yaml';
import { pathsOf, REPLACEMENTS, withField } from './mutate.js';

/** For files of a test; it goes with the test. */
export const folder = mkdtempSync(join(tmpdir(), 'kubewire-mutation-'));
const worker = new Worker(new URL(`./verb-worker${import.meta.url.slice(-3)}`, import.meta.url));
after(async () => {
  rmSync(folder, { recursive: true });
  await worker.terminate();
});

interface Outcome {
  readonly code: number;
  readonly stderr: string;
}

/** One command line at a time, in the worker. */
function run(words: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (outcome: Outcome) => {
      worker.off('error', reject);
      resolve(outcome);
    });
    worker.postMessage(words);
  });
}

/** The engine that needs no addon. */
export const fast = ['--engine', 'reference'];
/** The verbs whose answers depend on the packets of a state. */
export const VERBS = (file: string): string[][] => [
  ['trace', '-f', file, '--from', '203.0.113.10', '--to', '10.96.0.80:80', ...fast],
  ['matrix', '-f', file, ...fast],
  ['rules', '-f', file, '--node', 'node-1'],
  ['maglev', '-f', file],
];

/** A recorded state, so that nothing but validation stands before the planner; and manifests that a cluster takes. */
const RECORDED = `
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {topology.kubernetes.io/zone: a}}
spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24]}
status: {addresses: [{type: InternalIP, address: 192.168.0.11}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default, labels: {a: b}, annotations: {kubewire.dev/scheduler: wlc}}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.80
  clusterIPs: [10.96.0.80]
  ipFamilies: [IPv4]
  ipFamilyPolicy: SingleStack
  externalIPs: [198.51.100.7]
  externalTrafficPolicy: Local
  internalTrafficPolicy: Cluster
  healthCheckNodePort: 30081
  sessionAffinity: ClientIP
  sessionAffinityConfig: {clientIP: {timeoutSeconds: 600}}
  loadBalancerSourceRanges: [203.0.113.0/24]
  selector: {app: web}
  ports: [{name: http, protocol: TCP, port: 80, targetPort: http, nodePort: 30080}]
status: {loadBalancer: {ingress: [{ip: 192.168.0.240, ipMode: VIP, ports: [{port: 80, protocol: TCP}]}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints:
- addresses: [10.244.1.2]
  nodeName: node-1
  zone: a
  conditions: {ready: true, serving: true, terminating: false}
  hints: {forZones: [{name: a}], forNodes: [{name: node-1}]}
  targetRef: {kind: Pod, name: web-0, namespace: default}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: default, labels: {app: web}}
spec: {nodeName: node-1, containers: [{name: c, image: x, ports: [{name: http, containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.244.1.2, podIPs: [{ip: 10.244.1.2}], conditions: [{type: Ready, status: 'True'}]}
`;

const documentsOf = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS());
const examples = fileURLToPath(new URL('../../../../examples', import.meta.url));

/** Every change of every field, as a file; what it is called says what was changed. */
function* mutations(documents: readonly unknown[]): Generator<readonly [string, string]> {
  const file = join(folder, 'mutated.json');
  for (const path of pathsOf(documents)) {
    if (path.length < 2) continue;
    for (const [name, replacement] of REPLACEMENTS) {
      writeFileSync(
        file,
        withField(documents, path, replacement)
          .map((item) => JSON.stringify(item))
          .join('\n---\n'),
      );
      yield [`${path.join('.')}: ${name}`, file];
    }
  }
}

/** Says what no user should ever read of a mistake of theirs. */
function unexpected({ code, stderr }: Outcome): string | null {
  const crash = /unexpected|bug of kubewire|TypeError|RangeError|undefined|\[object|NaN/.exec(stderr)?.[0];
  if (crash !== undefined) return stderr;
  return code === 0 || stderr !== '' ? null : `exit code ${code} without a word`;
}

/** Only every so many-th change is tried, beginning with `first`. */
interface Sample {
  readonly each: number;
  readonly first: number;
}

const ALL: Sample = { each: 1, first: 0 };

async function everyVerb(documents: readonly unknown[], verbs: typeof VERBS, sample: Sample): Promise<void> {
  let count = 0;
  for (const [change, file] of mutations(documents)) {
    if (count++ % sample.each !== sample.first) continue;
    const valid = (await run(['validate', '-f', file])).code === 0;
    for (const words of verbs(file)) {
      const outcome = await run(words);
      const told = `${words[0]} with ${change}`;
      assert.equal(unexpected(outcome), null, told);
      // Kinds on which no packet depends are not looked at, which is said.
      if (!valid && outcome.code === 0) assert.match(outcome.stderr, /warning: |^skipped /m, `${told} says nothing`);
    }
  }
}

/** The recorded state with one wrong field: each verb refuses it or follows it. */
export const recordedState = (verbs = VERBS, sample = ALL): Promise<void> =>
  everyVerb(documentsOf(RECORDED), verbs, sample);

/** Every example with one wrong field: each change with one of the verbs. */
export async function everyExample(each: number): Promise<void> {
  const names = readdirSync(examples, { recursive: true, encoding: 'utf8' })
    // A chart is no manifest: helm makes some of it.
    .filter((path) => path.endsWith('.yaml') && !path.includes('/chart/'));
  for (const [i, name] of names.entries()) {
    const documents = documentsOf(readFileSync(join(examples, name), 'utf8'));
    await everyVerb(documents, (file) => VERBS(file).slice(i % 4, (i % 4) + 1), { each, first: i % each });
  }
}
