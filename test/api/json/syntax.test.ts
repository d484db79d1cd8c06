// syntax.test.ts - JSON that is none, in Go's words; keys that are there twice; values that do not fit their type.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mistyped } from '../../../src/api/json/mistyped.js';
import { scan } from '../../../src/api/json/scan.js';
import { syntaxFault } from '../../../src/api/json/syntax.js';
import { typeNamed } from '../../../src/schema/types.js';

test('every fault has the words of the decoder', () => {
  for (const [text, words] of [
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['[1', 'unexpected end of JSON input'],
    ['"a', 'unexpected end of JSON input'],
    ['-', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['tru3', "invalid character '3' in literal true (expecting 'e')"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['-x', "invalid character 'x' in numeric literal"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
  ] as const)
    assert.equal(syntaxFault(text), words, text);
});

test('a text has a fault exactly when it cannot be read', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ut1-.e0 n'), maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(letters, fc.json()), (text) => {
      let readable = true;
      try {
        JSON.parse(text);
      } catch {
        readable = false;
      }
      assert.equal(syntaxFault(text) === undefined, readable, text);
    }),
    { numRuns: 2000 },
  );
});

test('keys that are there twice are told with their path', () => {
  const text = '{"a":{"b":1,"b":2},"l":[{"x":1},{"x":1,"y":{"x":3},"x":4}],"\\u0061":5,"s":"{\\"a\\":1"}';
  assert.deepEqual(scan(text), { depth: 4, duplicates: ['a.b', 'l[1].x', 'a'] });
  assert.deepEqual(scan('[{"op":1,"op":2}]').duplicates, ['[0].op']);
});

test('a text that was written from a value has no key twice, and is as deep as the value', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(scan(JSON.stringify(value)), { depth: depthOf(value), duplicates: [] });
    }),
  );
});

test('what does not fit its type is told with struct, path and type', () => {
  const service = typeNamed('core.v1.Service');
  assert.ok(service);
  for (const [value, words] of [
    [{ spec: { ports: 'x' } }, 'string into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort'],
    [{ spec: { ports: [{ port: '80' }] } }, 'string into Go struct field ServicePort.spec.ports.port of type int32'],
    [{ spec: { ports: [{ port: 1.5 }] } }, 'number 1.5 into Go struct field ServicePort.spec.ports.port of type int32'],
    [{ spec: { selector: { a: 1 } } }, 'number into Go struct field ServiceSpec.spec.selector of type string'],
    [{ spec: { type: true } }, 'bool into Go struct field ServiceSpec.spec.type of type v1.ServiceType'],
    [{ metadata: [] }, 'array into Go struct field Service.metadata of type v1.ObjectMeta'],
    [{ spec: { ports: [{ targetPort: {} }] } }, 'object into Go value of type int32'],
  ] as const)
    assert.equal(mistyped(service, value), `json: cannot unmarshal ${words}`);
  assert.equal(mistyped(service, { spec: { ports: null, unknown: 1 } }), undefined);
  const secret = typeNamed('core.v1.Secret');
  assert.ok(secret);
  assert.equal(mistyped(secret, { data: { a: '***' } }), 'illegal base64 data at input byte 0');
  assert.equal(mistyped(secret, { data: { a: 'YQ==', b: '' } }), undefined);
});
