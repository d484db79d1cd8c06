// endpoint-slice.test.ts - EndpointSlices and Endpoints in the API server's words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  validateEndpointSliceCreate,
  validateEndpointSliceUpdate,
  validateObject,
} from '../../../src/manifest/validate/index.js';
import type { EndpointSlice, KubeObject } from '../../../src/model/objects.js';

function slice(rest: Record<string, unknown> = {}): EndpointSlice {
  const metadata = { name: 'web-1', namespace: 'shop' };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: [],
    ...rest,
  } as EndpointSlice;
}

const messages = (object: EndpointSlice): string[] => validateEndpointSliceCreate(object).map(({ message }) => message);
const endpoint = (rest: Record<string, unknown>): EndpointSlice =>
  slice({ endpoints: [{ addresses: ['10.0.0.1'], ...rest }] });

test('the type of the addresses is one of three and never changes', () => {
  assert.deepEqual(messages(slice({ addressType: '' })), ['addressType: Required value']);
  assert.deepEqual(messages(slice({ addressType: 'IP' })), [
    'addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"',
  ]);
  const issues = validateEndpointSliceUpdate(slice({ addressType: 'IPv6' }), slice());
  assert.deepEqual(
    issues.map(({ message }) => message),
    ['addressType: Invalid value: "IPv6": field is immutable'],
  );
});

test('addresses are of their type, and none that can not be an endpoint', () => {
  const address = (addressType: string, ...addresses: string[]): string[] =>
    messages(slice({ addressType, endpoints: [{ addresses }] }));
  assert.deepEqual(address('IPv4', '10.0.0.1'), []);
  assert.deepEqual(address('IPv4'), ['endpoints[0].addresses: Required value: must contain at least 1 address']);
  assert.deepEqual(address('IPv4', 'fd00::1', '127.0.0.1', 'x'), [
    'endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address',
    'endpoints[0].addresses[1]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    'endpoints[0].addresses[2]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ]);
  assert.deepEqual(address('IPv6', '10.0.0.1'), [
    'endpoints[0].addresses: Invalid value: "10.0.0.1": must be an IPv6 address',
  ]);
  assert.deepEqual(address('FQDN', 'web.example.com', 'example.com.'), []);
  assert.deepEqual(address('FQDN', 'example', ''), [
    'endpoints[0].addresses[0]: Invalid value: "example": should be a domain with at least two segments separated by dots',
    'endpoints[0].addresses[1]: Required value',
  ]);
  const many = Array.from({ length: 101 }, (_, i) => `10.0.0.${i + 1}`);
  assert.deepEqual(address('IPv4', ...many), ['endpoints[0].addresses: Too many: 101: must have at most 100 items']);
});

test('endpoints: node, host name, topology and hints', () => {
  assert.deepEqual(messages(endpoint({ nodeName: 'node-1', hostname: 'web-0', deprecatedTopology: { a: 'b' } })), []);
  assert.match(
    messages(endpoint({ nodeName: 'Node_1' }))[0] ?? '',
    /^endpoints\[0]\.nodeName: Invalid value: "Node_1": a lowercase RFC 1123 subdomain/,
  );
  assert.deepEqual(messages(endpoint({ hostname: 'a.b' })), [
    'endpoints[0].hostname: Invalid value: "a.b": must not contain dots',
  ]);
  assert.deepEqual(messages(endpoint({ deprecatedTopology: { 'topology.kubernetes.io/zone': 'a' } })), [
    'endpoints[0].deprecatedTopology[topology.kubernetes.io/zone]: Internal error: reserved key was not removed in conversion',
  ]);
  const names = (count: number): { name: string }[] => Array.from({ length: count }, (_, i) => ({ name: `n${i}` }));
  assert.deepEqual(messages(endpoint({ hints: { forZones: names(8), forNodes: names(8) } })), []);
  assert.deepEqual(messages(endpoint({ hints: { forZones: names(9) } })), [
    'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items',
  ]);
  assert.deepEqual(messages(endpoint({ hints: { forNodes: [{ name: 'a' }, { name: 'a' }] } })), [
    'endpoints[0].hints.forNodes[1].name: Duplicate value: "a"',
  ]);
});

test('ports have unique names, a protocol and at most a qualified application protocol', () => {
  const port = (...ports: object[]): string[] => messages(slice({ ports }));
  assert.deepEqual(
    port({ name: '', protocol: 'TCP' }, { name: 'b', protocol: 'UDP', appProtocol: 'example.com/x' }),
    [],
  );
  assert.deepEqual(port({ name: '', protocol: 'TCP' }, { name: '' }), [
    'ports[1].name: Duplicate value: ""',
    'ports[1].protocol: Required value',
  ]);
  assert.deepEqual(port({ name: 'a', protocol: 'ICMP', appProtocol: 'a/b/c' }).length, 2);
});

test('unchanged endpoints are not questioned again', () => {
  const loose = slice({ endpoints: [{ addresses: ['010.0.0.1'] }] });
  assert.equal(validateEndpointSliceCreate(loose).length, 1);
  assert.deepEqual(validateEndpointSliceUpdate(loose, loose), []);
});

test('Endpoints: subsets have addresses, and several ports have names', () => {
  const endpoints = (subset: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web', namespace: 'shop' },
    subsets: [subset],
  });
  const said = (subset: object): string[] => validateObject(endpoints(subset)).map(({ message }) => message);
  const ports = [{ port: 80, protocol: 'TCP' }];
  assert.deepEqual(said({ addresses: [{ ip: '10.0.0.1' }], ports }), []);
  assert.deepEqual(said({ ports: [...ports, { name: 'b', port: 0 }] }), [
    'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
    'subsets[0].ports[0].name: Required value',
    'subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    'subsets[0].ports[1].protocol: Required value',
  ]);
  assert.deepEqual(said({ notReadyAddresses: [{ ip: '169.254.0.1' }] }), [
    'subsets[0].notReadyAddresses[0].ip: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  ]);
});
