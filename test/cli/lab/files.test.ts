// files.test.ts - namespaces that `up -f` makes because objects are to be in them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingNamespaces } from '../../../src/cli/lab/files.js';
import type { KubeObject } from '../../../src/model/objects.js';

const object = (kind: string, name: string, namespace?: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

test('a namespace that no manifest makes and the cluster does not have is missing, each once', () => {
  const objects = [
    object('Pod', 'a', 'shop'),
    object('Service', 'a', 'shop'),
    object('Pod', 'b', 'made'),
    object('Namespace', 'made'),
    object('Pod', 'c', 'default'),
    object('Node', 'n'),
  ];
  assert.deepEqual(
    missingNamespaces(objects, (name) => name === 'default'),
    ['shop'],
  );
});
