// files.test.ts - the files of volumes: which there are, that they change all at once, and that programs see them, and nobody else.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createStore, createView } from '../../../src/lab/host/files.js';
import { createNamespace } from '../../../src/lab/host/host.js';
import { runInNamespace } from '../../../src/lab/host/process.js';
import { writeVolume } from '../../../src/lab/volumes/atomic.js';
import { mountsFor } from '../../../src/lab/volumes/mounts.js';
import { filesOf, type Volume, type VolumeFiles } from '../../../src/lab/volumes/sources.js';
import type { KubeObject, Pod } from '../../../src/model/objects.js';

const folder = mkdtempSync(join(tmpdir(), 'kwv-'));
after(() => rmSync(folder, { recursive: true }));

const unavailable = process.getuid?.() === 0 ? false : 'needs root';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web', tier: 'a "b"' } },
  spec: { containers: [{ name: 'c' }] },
};
const config: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'cfg', namespace: 'shop' },
  data: { a: 'one' },
  binaryData: { b: 'AAE=' },
};
const world = {
  get: (kind: string, namespace: string, name: string) =>
    kind === 'ConfigMap' && namespace === 'shop' && name === 'cfg' ? config : undefined,
  token: () => Promise.resolve('signed'),
};

const listed = (files: VolumeFiles): Record<string, string> =>
  Object.fromEntries(
    [...files].map(([path, { bytes, mode }]) => [path, `${mode.toString(8)} ${bytes.toString('latin1')}`]),
  );

async function made(volume: Omit<Volume, 'name'>) {
  const found = await filesOf(pod, { name: 'v', ...volume } as Volume, world);
  return found && { files: listed(found.files), problems: found.problems };
}

test('a volume has the keys of its object, or the items that were asked for', async () => {
  assert.deepEqual(await made({ configMap: { name: 'cfg' } }), {
    files: { a: '644 one', b: '644 \x00\x01' },
    problems: [],
  });
  const items = [{ key: 'a', path: 'sub/x', mode: 0o400 }];
  assert.deepEqual(await made({ configMap: { name: 'cfg', items, defaultMode: 0o600 } }), {
    files: { 'sub/x': '400 one' },
    problems: [],
  });
  assert.equal(await made({ emptyDir: {} }), null);
});

test('a projected volume has files of all its sources', async () => {
  const fields = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
  const sources = [
    { configMap: { name: 'cfg', items: [{ key: 'a', path: 'a' }] } },
    { downwardAPI: { items: fields } },
    { serviceAccountToken: { path: 'token' } },
  ];
  assert.deepEqual((await made({ projected: { sources, defaultMode: 0o440 } }))?.files, {
    a: '440 one',
    labels: '440 app="web"\ntier="a \\"b\\""',
    token: '440 signed',
  });
});

test('what is missing is told, and no path leads out of its volume', async () => {
  assert.deepEqual((await made({ configMap: { name: 'none' } }))?.problems, ['configmap "none" not found']);
  assert.deepEqual((await made({ secret: { secretName: 'none', optional: true } }))?.problems, []);
  const items = [{ key: 'a', path: '../x' }];
  assert.deepEqual(await made({ configMap: { name: 'cfg', items } }), {
    files: {},
    problems: ['"../x" is no path in a volume'],
  });
});

test('a volume changes with one link, and programs know its names only', () => {
  const volume = join(folder, 'atomic');
  const files = (entries: Record<string, string>): VolumeFiles =>
    new Map(Object.entries(entries).map(([path, text]) => [path, { bytes: Buffer.from(text), mode: 0o644 }]));
  writeVolume(volume, files({ a: '1', 'sub/b': '2' }), 'v1');
  assert.equal(readFileSync(join(volume, 'a'), 'utf8'), '1');
  assert.equal(readFileSync(join(volume, 'sub/b'), 'utf8'), '2');
  assert.equal(readlinkSync(join(volume, 'a')), '..data/a');
  writeVolume(volume, files({ a: '1', 'sub/b': '2' }), 'v2');
  assert.equal(readlinkSync(join(volume, '..data')), '..v1', 'the same files are not written again');
  writeVolume(volume, files({ a: '3', c: '4' }), 'v3');
  assert.equal(readFileSync(join(volume, 'a'), 'utf8'), '3');
  assert.deepEqual(readdirSync(volume).sort(), ['..data', '..v3', 'a', 'c']);
});

test('a container has its volumes where it says, and the files of its ServiceAccount', () => {
  const volumes = [
    { name: 'cfg', configMap: { name: 'cfg' } },
    { name: 'tmp', emptyDir: {} },
  ];
  const container = {
    name: 'c',
    volumeMounts: [
      { name: 'cfg', mountPath: '/etc/config/' },
      { name: 'tmp', mountPath: 'data', subPathExpr: '$(NAME)/logs' },
      { name: 'tmp', mountPath: '/up', subPath: '../..' },
      { name: 'nobody', mountPath: '/none' },
    ],
  };
  const given = { ...pod, spec: { containers: [container], volumes } };
  assert.deepEqual(mountsFor(given, container, { NAME: 'web' }, true), [
    { volume: 'cfg', subPath: '', target: '/etc/config', readOnly: true },
    { volume: 'tmp', subPath: 'web/logs', target: '/data', readOnly: false },
    {
      volume: 'kube-api-access',
      subPath: '',
      target: '/var/run/secrets/kubernetes.io/serviceaccount',
      readOnly: true,
    },
  ]);
  assert.equal(mountsFor(given, container, {}, false).length, 2);
});

test('a program sees files at places that this machine does not have, and this machine never does', {
  skip: unavailable,
}, async () => {
  const store = createStore();
  mkdirSync(join(store.path, 'vol'));
  writeFileSync(join(store.path, 'vol/key'), 'value');
  const target = join(folder, 'not/there');
  const mounts = [
    { source: 'vol/key', target: '/etc/resolv.conf', readOnly: false },
    { source: 'vol', target, readOnly: true },
    { source: 'vol', target: '/kwv-at-the-root/of/it', readOnly: false },
  ];
  const beside = join(folder, 'beside');
  writeFileSync(beside, 'machine');
  const namespace = createNamespace();
  const view = createView(store, mounts);
  const run = async (text: string) =>
    (await runInNamespace(namespace, ['sh', '-c', text], { view, hostname: 'alpha', cwd: folder })).stdout.trim();
  assert.equal(
    await run(`cat /etc/resolv.conf ${target}/key ${beside}; hostname; pwd`),
    `valuevaluemachinealpha\n${folder}`,
  );
  assert.equal(await run(`touch ${target}/no 2>/dev/null || echo read-only`), 'read-only');
  assert.equal(await run('echo new > /kwv-at-the-root/of/it/made; cat /kwv-at-the-root/of/it/made'), 'new');
  assert.equal(readFileSync(join(store.path, 'vol/made'), 'utf8'), 'new\n');
  assert.ok(!existsSync(target) && !existsSync('/kwv-at-the-root'));
  assert.throws(() => createView(store, [{ source: 'vol', target: '/etc/passwd', readOnly: false }]), /mount on/);
  const inode = statSync(view.path).ino;
  assert.notEqual(inode, statSync('/proc/self/ns/mnt').ino);
  for (const held of [view, store, namespace]) held.close();
});
