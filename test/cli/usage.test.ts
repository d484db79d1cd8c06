// usage.test.ts - what a user reads who types something wrong, has no lab, or asks for help.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Command, Option } from 'commander';
import { normalise } from '../../src/cli/arguments.js';
import { Exit, report } from '../../src/cli/failure.js';
import { socketPlace } from '../../src/cli/lab/socket.js';
import { wantsColour } from '../../src/cli/print/colour.js';
import { StatusFailure } from '../../src/live/status.js';
import { Fault } from '../../src/model/fault.js';
import { Shell, startLab } from './lab.js';

test('help names every verb, each verb explains itself, and neither is an error', async (t) => {
  const shell = new Shell(t);
  const help = await shell.run(['--help']);
  assert.equal(help.code, 0);
  assert.equal(help.stderr, '');
  const verbs = [...help.stdout.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, verb = '']) => verb);
  assert.ok(verbs.includes('get') && verbs.includes('trace') && !verbs.includes('__complete'));
  assert.equal((await shell.run([])).stdout, help.stdout);
  const get = await shell.run(['get', '--help']);
  assert.match(get.stdout, /^Usage: kubewire get /);
  assert.match(get.stdout, /\nExamples:\n {2}kubewire get services\n/);
  assert.deepEqual(await shell.run(['help', 'get']), get);
});

test('wrong usage: one sentence, the nearest word, where to read more, exit code 2', async (t) => {
  const shell = new Shell(t);
  const cases: [string[], string][] = [
    [['gte'], 'error: unknown command "gte" for "kubewire", did you mean "get"?\nSee \'kubewire --help\' for usage.\n'],
    [['--bogus'], "error: unknown flag: --bogus\nSee 'kubewire --help' for usage.\n"],
    [['get', 'svc', '--bogus'], "error: unknown flag: --bogus\nSee 'kubewire get --help' for usage.\n"],
    [
      ['get', 'svc', '--show-lables'],
      'error: unknown flag: --show-lables, did you mean "--show-labels"?\nSee \'kubewire get --help\' for usage.\n',
    ],
    [['get', 'svc', '-q'], "error: unknown shorthand flag: 'q' in -q\nSee 'kubewire get --help' for usage.\n"],
    [['get', 'svc', '-o'], "error: flag needs an argument: -o, --output\nSee 'kubewire get --help' for usage.\n"],
    [['--name', 'No Lab', 'get', 'svc'], 'error: "No Lab" is not a name for a lab\n'],
  ];
  for (const [words, text] of cases) {
    const { code, stdout, stderr } = await shell.run(words);
    assert.equal(code, 2, words.join(' '));
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(text), `${words.join(' ')}: ${stderr}`);
  }
});

test('without a lab every verb says how to start one', async (t) => {
  const shell = new Shell(t);
  const text = 'error: no lab is running\nStart one with: kubewire up -f FILE\n';
  for (const words of [['get', 'svc'], ['describe', 'svc', 'web'], ['api-resources'], ['delete', 'svc', 'web']]) {
    assert.deepEqual(await shell.run(words), { code: 1, stdout: '', stderr: text });
  }
  const named = await shell.run(['get', 'svc', '--name', 'second']);
  assert.equal(
    named.stderr,
    'error: no lab named "second" is running\nStart one with: kubewire up --name second -f FILE\n',
  );
});

test('a socket that nobody listens on any more is no lab', async (t) => {
  const shell = new Shell(t);
  const { path } = socketPlace('default', shell.env);
  const { mkdirSync } = await import('node:fs');
  mkdirSync(socketPlace('default', shell.env).directory, { recursive: true });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  // A server that is cut off in the middle of an answer.
  server.on('connection', (socket) => socket.destroy());
  const { code, stderr } = await shell.run(['get', 'svc']);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(code, 1);
  assert.match(stderr, /the lab went away in the middle of the answer/);
});

test('words that name no kind, no object, or too much, say so', async (t) => {
  const { shell } = await startLab(t);
  const cases: [string[], number, string][] = [
    [['get', 'servces'], 1, 'error: the server doesn\'t have a resource type "servces", did you mean "services"?\n'],
    [['get', 'svc', 'nope'], 1, 'Error from server (NotFound): services "nope" not found\n'],
    [['get', 'svc', 'a', '-l', 'x=y'], 1, 'error: name cannot be provided when a selector is specified\n'],
    [['get', 'svc', 'a', '-A'], 1, 'error: a resource cannot be retrieved by name across all namespaces\n'],
    [['get', 'svc', '-o', 'xml'], 2, 'error: unable to match a printer suitable for the output format "xml", allowed'],
    [['get', 'svc', '-o', 'jsonpath={.a'], 1, 'error: error parsing jsonpath "{.a": unclosed action\n'],
    [['get', 'svc/a', 'pods'], 2, 'error: there is no need to specify a resource type as a separate argument'],
    [['get'], 2, 'error: you must specify the type of resource to get, for example: kubewire get services\n'],
    [['get', 'svc', '-l', 'x=y'], 0, 'No resources found in default namespace.\n'],
    [['get', 'ns', '-l', 'x=y'], 0, 'No resources found\n'],
    [['apply'], 2, 'error: must specify -f with a file, a directory or - for standard input\n'],
    [['apply', '-f', 'none.yaml'], 1, 'none.yaml: error: the path does not exist\n'],
    [['scale', 'svc', 'kubernetes', '--replicas=1'], 1, 'error: a Service has no replicas: only deployments,'],
    [['expose', 'node', 'node-1', '--port=1'], 1, 'error: cannot expose a Node\n'],
    [['patch', 'svc', 'kubernetes', '-p', '{'], 1, 'error: unable to parse "{"'],
    [['label', 'svc', 'kubernetes'], 2, 'error: at least one label update is required\n'],
  ];
  for (const [words, expected, text] of cases) {
    const { code, stderr } = await shell.run(words);
    assert.equal(code, expected, words.join(' '));
    assert.ok(stderr.startsWith(text), `${words.join(' ')}: ${stderr}`);
  }
});

test('a reader that has seen enough is no error', async (t) => {
  const { shell, cluster } = await startLab(t);
  const services = Array.from({ length: 2000 }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${i}` },
    spec: { clusterIP: 'None', ports: [{ port: 80 }] },
  }));
  cluster.apply(services);
  const { code, stderr } = await shell.runInto(['get', 'svc', '-o', 'yaml'], 'head -1');
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('failures become one message and an exit code', () => {
  const said = (error: unknown, debug = false): string => {
    let text = '';
    const stderr = { write: (part: string) => (text += part) } as unknown as NodeJS.WritableStream;
    const code = report(error, { debug, stderr, verbs: [] });
    return `${code} ${text}`;
  };
  assert.equal(said(new Exit(3)), '3 ');
  assert.equal(
    said(new Fault('NO_TUN', 'no /dev/net/tun', 'Load the module.')),
    '1 error: no /dev/net/tun\nLoad the module.\n',
  );
  assert.equal(said(new Fault('USAGE', 'no')), '2 error: no\n');
  assert.match(said(new TypeError('x is not a function')), /^1 error: unexpected: x is not a function\nThis is a bug/);
  assert.match(said(new TypeError('boom'), true), /at .*usage\.test/);
  const causes = [
    { field: 'spec.a', message: 'Required value' },
    { field: 'spec.b', message: 'Required value' },
  ];
  const status = {
    kind: 'Status',
    reason: 'Invalid',
    message: 'm',
    details: { kind: 'Service', name: 'a', causes },
  } as const;
  assert.equal(
    said(new StatusFailure(status)),
    '1 The Service "a" is invalid: \n* spec.a: Required value\n* spec.b: Required value\n',
  );
});

test('the socket is where the rule says', () => {
  assert.equal(socketPlace('default', { XDG_RUNTIME_DIR: '/run/user/7' }, 7).path, '/run/user/7/kubewire/default.sock');
  assert.equal(socketPlace('b', { TMPDIR: '/var/tmp' }, 7).path, '/var/tmp/kubewire-7/b.sock');
  assert.equal(socketPlace('b', {}, 7).path, '/tmp/kubewire-7/b.sock');
  for (const name of ['', '../x', 'A', '-a', 'a'.repeat(41)])
    assert.throws(() => socketPlace(name, {}, 7), /not a name/);
  assert.throws(() => socketPlace('a', { XDG_RUNTIME_DIR: `/${'x'.repeat(120)}` }, 7), /longer than 107 bytes/);
});

test('flags may be written as Go programs take them', () => {
  const command = new Command('get').option('-w, --watch').option('-o, --output <format>');
  command.addOption(new Option('--dry-run [how]').preset('client'));
  const words = (text: string): string => normalise(text.split(' '), command).join(' ');
  assert.equal(words('svc -o=yaml --watch=true'), 'svc -oyaml --watch');
  assert.equal(words('svc --watch=false --output=json'), 'svc --output=json');
  assert.equal(words('--dry-run svc'), '--dry-run=client svc');
  assert.equal(words('--dry-run=server -o -w=1'), '--dry-run=server -o -w=1');
  assert.equal(words('a -- -o=yaml --watch=false'), 'a -- -o=yaml --watch=false');
});

test('colour is for terminals and for those who force it', () => {
  assert.equal(wantsColour({ isTTY: true }, {}), true);
  assert.equal(wantsColour({ isTTY: true }, { NO_COLOR: '1' }), false);
  assert.equal(wantsColour({ isTTY: true }, { TERM: 'dumb' }), false);
  assert.equal(wantsColour({}, {}), false);
  assert.equal(wantsColour({}, { FORCE_COLOR: '1' }), true);
});
