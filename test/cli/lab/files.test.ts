// files.test.ts - namespaces that `up -f` makes because objects are to be in them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyLabFiles, missingNamespaces } from '../../../src/cli/lab/files.js';
import { BUILT_IN } from '../../../src/cluster/kinds/registry.js';
import { loadTexts } from '../../../src/manifest/load.js';
import type { KubeObject } from '../../../src/model/objects.js';
import { testCluster } from '../../cluster/fixtures.js';

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

test('custom resources come with their definition, in whatever order they are written', () => {
  const text = `apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
spec: {size: 3}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`;
  const cluster = testCluster();
  const served = (apiVersion: string, kind: string) => BUILT_IN.ofObject({ apiVersion, kind });
  applyLabFiles(cluster, loadTexts([{ file: 'a', text }], { served }));
  assert.deepEqual(cluster.store.get('Widget.example.com', 'default', 'w')?.spec, { size: 3 });
});
