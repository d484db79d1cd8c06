// sources.test.ts - manifests as files: folders, encodings, and what is no manifest at all.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadManifests } from '../../src/manifest/load.js';

test('files, sorted directories and missing paths', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-load-'));
  try {
    const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;
    writeFileSync(join(folder, 'b.yml'), namespace('b'));
    writeFileSync(join(folder, 'a.yaml'), namespace('a'));
    writeFileSync(join(folder, 'notes.txt'), 'not a manifest');
    const { objects, issues } = loadManifests([folder, join(folder, 'none.yaml')]);
    assert.deepEqual(
      objects.map(({ object }) => object.metadata.name),
      ['a', 'b'],
    );
    assert.deepEqual(
      issues.map(({ message, place }) => [message, place?.file]),
      [['the path does not exist', join(folder, 'none.yaml')]],
    );
    rmSync(join(folder, 'b.yml'));
    rmSync(join(folder, 'a.yaml'));
    assert.match(loadManifests([folder]).issues[0]?.message ?? '', /^the directory has no manifests/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('line ends are those of every system, and UTF-16 is read where a mark says so', () => {
  const text = `apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - port: 80\n`;
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-encoding-'));
  const said = (bytes: Buffer): string => {
    writeFileSync(join(folder, 'a.yaml'), bytes);
    const { objects, issues } = loadManifests([join(folder, 'a.yaml')]);
    const [issue] = issues;
    return issue
      ? `${issue.place?.line}:${issue.place?.column} ${issue.message}`
      : `${objects[0]?.object.metadata.name}`;
  };
  try {
    for (const end of ['\n', '\r\n', '\r']) assert.equal(said(Buffer.from(text.replaceAll('\n', end))), 'a');
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
    assert.equal(said(wide), 'a');
    assert.equal(said(Buffer.from(wide).swap16()), 'a');
    assert.equal(said(wide.subarray(2)), '0:0 it is UTF-16 without a byte order mark: save it as UTF-8');
    const broken = Buffer.concat([Buffer.from('a: b\nc: é'), Buffer.from([0xe9]), Buffer.from(' x\n')]);
    assert.equal(said(broken), '2:5 these bytes are no UTF-8: save the file as UTF-8');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a device, a pipe in a folder and a file beyond the limit are refused with the reason', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-sources-'));
  const reasonOf = (path: string): string | undefined => loadManifests([path]).issues[0]?.message;
  try {
    assert.equal(reasonOf('/dev/zero'), 'it is a device, not a manifest');
    assert.equal(reasonOf('/dev/null'), undefined);
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
    assert.match(reasonOf(folder) ?? '', /^it is not a file/);
    const large = join(folder, 'large.yaml');
    writeFileSync(large, '');
    truncateSync(large, 65 * 1024 * 1024);
    assert.match(reasonOf(large) ?? '', /^it has more than 64 MiB/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
