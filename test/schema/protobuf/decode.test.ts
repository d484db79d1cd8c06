// decode.test.ts - bodies in protobuf as clients send them, and hostile ones; the generator takes numbers out of a description.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Writer } from 'protobufjs/minimal.js';
import { decodeProtobuf, isProtobuf, ProtobufError } from '../../../src/schema/protobuf/decode.js';
import { messageLines } from '../../../src/schema/protobuf/generate.js';

/** A message of fields: [number, wire type 0 or 2, value]. */
type Part = readonly [number, number | string | Uint8Array];

function message(...parts: readonly Part[]): Uint8Array {
  const writer = Writer.create();
  for (const [number, value] of parts) {
    if (typeof value === 'number') writer.uint32(number << 3).int64(value);
    else if (typeof value === 'string') writer.uint32((number << 3) | 2).string(value);
    else writer.uint32((number << 3) | 2).bytes(value);
  }
  return writer.finish();
}

function envelope(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const meta = message([1, apiVersion], [2, kind]);
  return Buffer.concat([Buffer.from('k8s\0'), message([1, meta], [2, raw], [3, ''], [4, ''])]);
}

test('a Service comes out as JSON has it, without what is unset', () => {
  const port = message([1, 'http'], [2, 'TCP'], [3, 80], [4, message([1, 1], [2, 0], [3, 'web'])], [5, 0]);
  const numbered = message([1, 'n'], [3, 81], [4, message([1, 0], [2, 8080], [3, ''])]);
  const metadata = message([1, 'web'], [2, ''], [8, message()], [11, message([1, 'app'], [2, 'web'])]);
  const raw = message([1, metadata], [2, message([1, port], [1, numbered], [4, 'NodePort'])], [3, message()]);
  assert.deepEqual(decodeProtobuf(envelope('v1', 'Service', raw)), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, targetPort: 'web' },
        { name: 'n', port: 81, targetPort: 8080 },
      ],
      type: 'NodePort',
    },
    status: {},
  });
});

test('a zero that Go points to is a value, and structs of Go are written into their parents', () => {
  const volume = message([1, 'v'], [2, message([2, message([1, ''])])]);
  const pod = message([1, volume], [4, 0]);
  const template = message([2, pod]);
  const raw = message([2, message([1, 0], [3, template])]);
  const { spec } = decodeProtobuf(envelope('apps/v1', 'Deployment', raw)) as {
    spec: { replicas: number; template: { spec: object } };
  };
  assert.equal(spec.replicas, 0);
  assert.deepEqual(spec.template.spec, { volumes: [{ name: 'v', emptyDir: {} }], terminationGracePeriodSeconds: 0 });
});

test('options of requests are messages of meta/v1', () => {
  const body = envelope('policy/v1', 'DeleteOptions', message([1, 0], [4, 'Foreground']));
  assert.deepEqual(decodeProtobuf(body), {
    apiVersion: 'policy/v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds: 0,
    propagationPolicy: 'Foreground',
  });
});

test('whatever is no such object is told as that', () => {
  const service = envelope('v1', 'Service', message([1, message([1, 'web'])]));
  for (const body of [
    Buffer.alloc(0),
    Buffer.from('{}'),
    service.subarray(0, service.length - 3),
    envelope('v1', 'Nothing', message()),
    envelope('v1', 'Service', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])),
  ])
    assert.throws(() => decodeProtobuf(body), ProtobufError);
  assert.ok(isProtobuf(service) && !isProtobuf(Buffer.from('{}')));
});

test('no bytes do anything but decode or be refused', () => {
  const kinds = fc.constantFrom(['v1', 'Pod'], ['v1', 'Service'], ['apps/v1', 'Deployment'], ['v1', 'DeleteOptions']);
  fc.assert(
    fc.property(kinds, fc.uint8Array({ maxLength: 300 }), ([apiVersion = '', kind = ''], raw) => {
      try {
        decodeProtobuf(envelope(apiVersion, kind, raw));
      } catch (error) {
        assert.ok(error instanceof ProtobufError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('the generator writes numbers, names and types of a description', () => {
  const lines = messageLines([
    {
      package: 'k8s.io.api.core.v1',
      messageType: [
        {
          name: 'Thing',
          field: [
            { name: 'name', number: 1, label: 1, type: 9 },
            { name: 'parts', number: 2, label: 3, type: 11, typeName: '.k8s.io.api.core.v1.Part' },
            { name: 'labels', number: 3, label: 3, type: 11, typeName: '.k8s.io.api.core.v1.Thing.LabelsEntry' },
          ],
          nestedType: [
            {
              name: 'LabelsEntry',
              options: { mapEntry: true },
              field: [
                { name: 'key', number: 1, label: 1, type: 9 },
                { name: 'value', number: 2, label: 1, type: 9 },
              ],
            },
          ],
        },
      ],
    },
  ]);
  assert.deepEqual(lines, ['core.v1.Thing', ' 1 name s', ' 2 parts [core.v1.Part', ' 3 labels {s']);
});
