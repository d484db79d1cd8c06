// warnings.test.ts - Services that are taken as they are, and what is said of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warningsFor } from '../../src/manifest/warnings.js';

const said = (spec: object, annotations: Record<string, string> = {}): string[] =>
  warningsFor({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', annotations }, spec });

test('a Service is told what of it has no effect', () => {
  assert.deepEqual(said({ ports: [{ port: 80 }] }), []);
  assert.deepEqual(said({ clusterIP: 'None', sessionAffinity: 'ClientIP' }), [
    'spec.SessionAffinity is ignored for headless services',
  ]);
  assert.deepEqual(said({ externalName: 'foo.example' }), [
    'spec.externalName is ignored when spec.type is not "ExternalName"',
  ]);
  assert.equal(said({ type: 'ExternalName', externalName: 'foo.example' }).length, 0);
});

test('what is deprecated is told with what takes its place', () => {
  assert.deepEqual(said({ trafficDistribution: 'PreferClose' }), [
    'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  ]);
  const hints = 'service.kubernetes.io/topology-aware-hints';
  assert.match(said({}, { [hints]: 'auto' })[0] ?? '', /please use service\.kubernetes\.io\/topology-mode instead/);
  assert.match(said({ externalIPs: ['198.51.100.7'] }).join(), /spec\.externalIPs is deprecated/);
});

test('a Service of another group is not ours to judge', () => {
  const spec = { externalIPs: ['198.51.100.7'] };
  assert.deepEqual(
    warningsFor({ apiVersion: 'serving.example/v1', kind: 'Service', metadata: { name: 'a' }, spec }),
    [],
  );
});
