// conflicts.test.ts - two objects of the same manifests that want the same port, address or name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictIssues } from '../../src/manifest/conflicts.js';
import { loadTexts } from '../../src/manifest/load.js';
import { report } from '../../src/manifest/print.js';

const service = (name: string, spec: string): string =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: ${spec}}`;

function conflicts(...documents: string[]): string[] {
  const { objects } = loadTexts([{ file: 'a.yaml', text: documents.join('\n---\n') }]);
  return conflictIssues(objects).map(({ type, place, message }) => `${type} ${place?.line} ${message}`);
}

const nodePort = (port: number, protocol = 'TCP'): string =>
  `{type: NodePort, ports: [{port: 80, nodePort: ${port}, protocol: ${protocol}}]}`;

test('a node port belongs to one Service, whatever the protocol, and its own ports may share it', () => {
  const taken = 'provided port is already allocated (to Service default/a at a.yaml:1:50)';
  for (const protocol of ['TCP', 'UDP']) {
    assert.deepEqual(conflicts(service('a', nodePort(30080)), service('b', nodePort(30080, protocol))), [
      `FieldValueInvalid 3 spec.ports[0].nodePort: Invalid value: 30080: ${taken}`,
    ]);
  }
  const both =
    '{type: NodePort, ports: [{name: a, port: 1, nodePort: 30080}, {name: b, port: 1, protocol: UDP, nodePort: 30080}]}';
  assert.deepEqual(conflicts(service('a', both), service('b', nodePort(30081))), []);
  const health = '{type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30080, ports: [{port: 80}]}';
  assert.deepEqual(conflicts(service('a', nodePort(30080)), service('b', health)), [
    `FieldValueInvalid 3 spec.healthCheckNodePort: failed to allocate requested HealthCheck NodePort 30080: ${taken}`,
  ]);
});

test('a cluster address belongs to one Service', () => {
  const at = (list: string): string => `{${list}, ports: [{port: 80}]}`;
  assert.deepEqual(conflicts(service('a', at('clusterIP: 10.96.0.9')), service('b', at('clusterIPs: [10.96.0.9]'))), [
    'FieldValueInvalid 3 spec.clusterIPs: Invalid value: ["10.96.0.9"]: failed to allocate IP 10.96.0.9: ' +
      'provided IP is already allocated (to Service default/a at a.yaml:1:50)',
  ]);
  assert.deepEqual(conflicts(service('a', at('clusterIP: None')), service('b', at('clusterIP: None'))), []);
});

test('a name that is written twice is a warning, and its earlier object takes nothing from anybody', () => {
  assert.deepEqual(
    conflicts(service('a', nodePort(30080)), service('a', nodePort(30081)), service('b', nodePort(30080))),
    ['Warning 3 metadata.name: Service default/a is written twice, first at a.yaml:1:50: the last one counts'],
  );
});

test('what others wrote moves no cursor and colours nothing', () => {
  const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: "\\e[31m"} # \u001b]0;x\u0007\n';
  const { issues, sourceLine } = loadTexts([{ file: 'a\u001b[2J.yaml', text }]);
  const printed = report([...issues], { sourceLine });
  assert.ok(issues.length > 0 && printed.includes('^['), printed);
  assert.doesNotMatch(printed, /(?!\n)\p{Cc}/u);
});
