// kubectl.long.test.ts - a real kubectl against a real lab: programs, copies, logs, forwarded ports, proxies, evictions, tokens.
// Runs alone: a whole lab and real clients.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { labUnavailable, programUnavailable, type Result, User } from './harness.js';
import { findKubectl } from './kubectl.js';

const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: ticker, annotations: {kubewire.dev/run: "sh -c 'while echo tick; do sleep 0.1; done'"}}
spec: {containers: [{name: c, image: busybox}]}
`;

const kubectl = findKubectl();
const unavailable = labUnavailable() ?? ('missing' in kubectl ? kubectl.missing : null);
const program = 'path' in kubectl ? kubectl.path : '';

describe('kubectl and a lab', { skip: unavailable ?? false }, () => {
  const user = new User();
  const config = join(user.folder, 'kubeconfig');
  const running: ChildProcess[] = [];

  const k = (words: readonly string[], input?: string): Promise<Result> =>
    new Promise((resolve) => {
      const options = { env: { ...user.env, KUBECONFIG: config }, timeout: 60_000 };
      const child = execFile(program, words, options, (error, stdout, stderr) => {
        resolve({ code: error ? ((error.code as unknown as number | undefined) ?? 1) : 0, stdout, stderr });
      });
      child.stdin?.end(input ?? '');
    });

  /** Left running, with what it has printed. `input` is typed once it has said something. */
  function start(file: string, words: readonly string[], input?: string): () => string {
    const child = spawn(file, words, { env: { ...user.env, KUBECONFIG: config } });
    running.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes) => {
        text += bytes;
      });
    if (input !== undefined) child.stdout.once('data', () => child.stdin.write(input));
    return () => text;
  }

  const get = (port: number, path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
        let body = '';
        answer.on('data', (part) => {
          body += part;
        });
        answer.on('end', () => resolve(body));
      });
      sent.on('error', reject).end();
    });

  const portIn = (text: string, pattern: RegExp): number | null => Number(pattern.exec(text)?.[1] ?? 0) || null;

  before(async () => {
    await user.up('--secure-port', '0', '-f', user.file('lab.yaml', MANIFEST));
    writeFileSync(config, await user.must('kubeconfig'), { mode: 0o600 });
  });
  after(async () => {
    for (const child of running) child.kill();
    await user.leave();
  });

  test('exec runs in the network of the pod, and ends with its exit code', async () => {
    const { stdout } = await k(['exec', 'web', '--', 'cat', '/proc/net/fib_trie']);
    assert.match(stdout, /10\.244\.\d+\.\d+/);
    assert.equal((await k(['exec', 'web', '--', 'sh', '-c', 'exit 7'])).code, 7);
    assert.equal((await k(['exec', '-i', 'web', '--', 'cat'], 'through\n')).stdout, 'through\n');
  });

  test('exec -it has a terminal', { skip: programUnavailable('script') ?? false }, async () => {
    const command = `${program} exec -it web -- sh -c 'tty; exit 3'`;
    const text = start('script', ['-qec', command, '/dev/null']);
    await eventually(() => (/\/dev\/pts\/\d+/.test(text()) ? true : null));
  });

  test('run --rm -it has a terminal, and takes its pod away', {
    skip: programUnavailable('script') ?? false,
  }, async () => {
    const command = `${program} run brief --rm -it --restart=Never --image=busybox -- sh -c 'read word; tty; echo got $word'`;
    const text = start('script', ['-qec', command, '/dev/null'], 'this\n');
    await eventually(() => (/got this[\s\S]*pod "brief" deleted/.test(text()) ? true : null));
    assert.match(text(), /\/dev\/pts\/\d+/);
  });

  test('cp brings a file in and out unchanged', { skip: programUnavailable('tar') ?? false }, async () => {
    const bytes = randomBytes(1_500_000);
    const inside = join(user.folder, 'inside');
    mkdirSync(inside);
    writeFileSync(join(user.folder, 'a.bin'), bytes);
    assert.equal((await k(['cp', join(user.folder, 'a.bin'), `web:${inside}/a.bin`])).code, 0);
    assert.equal((await k(['cp', `web:${inside}/a.bin`, join(user.folder, 'b.bin')])).code, 0);
    assert.ok(readFileSync(join(user.folder, 'b.bin')).equals(bytes));
  });

  test('port-forward leads to the pod, several connections at once', async () => {
    const text = start(program, ['port-forward', 'svc/web', ':80']);
    const port = await eventually(() => portIn(text(), /127\.0\.0\.1:(\d+)/));
    const answers = await Promise.all([1, 2, 3].map(() => get(port, '/')));
    for (const answer of answers) assert.match(answer, /pod: web/);
  });

  test('logs are the access log of the application, and the output of a command; -f goes on', async () => {
    await eventually(async () => ((await k(['logs', 'web'])).stdout.includes('"GET / HTTP/1.1" 200') ? true : null));
    assert.equal((await k(['logs', 'ticker', '--tail=2'])).stdout, 'tick\ntick\n');
    const text = start(program, ['logs', '-f', 'ticker', '--tail=1']);
    await eventually(() => (text().split('\n').length > 5 ? true : null));
  });

  test('attach shows what is printed from now on', async () => {
    const text = start(program, ['attach', 'ticker']);
    await eventually(() => (text().includes('tick\n') ? true : null));
  });

  test('run -i with a command runs it, and the pod ends as the command does', async () => {
    const words = ['run', 'once', '--rm', '-i', '--restart=Never', '--image=busybox', '--'];
    const { code, stdout } = await k([...words, 'sh', '-c', 'read word; echo got $word; exit 4'], 'this\n');
    assert.match(stdout, /got this/);
    assert.equal(code, 4);
  });

  test('proxy and get --raw reach Services and pods', async () => {
    const path = '/api/v1/namespaces/default/services/web:80/proxy/';
    // kubectl asks for JSON, and the application answers with what was asked for.
    assert.match((await k(['get', '--raw', path])).stdout, /"pod":"web"/);
    const text = start(program, ['proxy', '--port=0']);
    const port = await eventually(() => portIn(text(), /127\.0\.0\.1:(\d+)/));
    assert.match(await get(port, path), /pod: web/);
  });

  test('pods reach the API under Service default/kubernetes, with a token that create token gives', async () => {
    const token = (await k(['create', 'token', 'default'])).stdout.trim();
    const script = `curl -sk -H "Authorization: Bearer $1" https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api/v1/namespaces/default/pods/web`;
    const { stdout } = await k(['exec', 'web', '--', 'sh', '-c', script, 'sh', token]);
    assert.equal((JSON.parse(stdout) as { kind: string }).kind, 'Pod');
    const wrong = await k(['exec', 'web', '--', 'sh', '-c', script, 'sh', 'wrong']);
    assert.equal((JSON.parse(wrong.stdout) as { code: number }).code, 401);
  });

  test('top tells what the programs of pods use, and their nodes', async () => {
    const { stdout } = await k(['top', 'pod', '--no-headers']);
    assert.match(stdout, /^ticker +\d+m +[1-9]\d*Mi/m);
    assert.match((await k(['top', 'node', '--no-headers'])).stdout, /^node-1 +\d+m +\d+% +\d+Mi/m);
    assert.match((await k(['top', 'pod', '-l', 'app=web', '--containers'])).stdout, /^web +c +0m +0Mi/m);
  });

  test('drain evicts, and waits for a PodDisruptionBudget', async () => {
    const node = (await k(['get', 'pod', 'web', '-o', 'jsonpath={.spec.nodeName}'])).stdout;
    assert.equal((await k(['create', 'pdb', 'web', '--selector=app=web', '--min-available=1'])).code, 0);
    const held = await k(['drain', node, '--force', '--ignore-daemonsets', '--timeout=2s', '--pod-selector=app=web']);
    assert.notEqual(held.code, 0);
    assert.match(held.stderr, /would violate the pod's disruption budget/);
    assert.equal((await k(['delete', 'pdb', 'web'])).code, 0);
    const { code, stdout } = await k(['drain', node, '--force', '--ignore-daemonsets', '--pod-selector=app=web']);
    assert.equal(code, 0);
    assert.match(stdout, /pod\/web evicted/);
  });
});
