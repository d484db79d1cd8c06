// url.test.ts - what is seen on the page and its address are the same thing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VIEWS } from '../../src/api/dash/views.js';
import { oneOf, readPlace, writePlace } from '../../src/dash/url.js';

test('an address that was written is read back as the same place', () => {
  const words = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ minLength: 1 }), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(fc.constantFrom(...VIEWS), words, (view, query) => {
      const { pathname, search } = new URL(writePlace({ view, query }), 'http://127.0.0.1');
      assert.deepEqual(readPlace(pathname, search), { view, query });
    }),
  );
});

test('what is not chosen is not in the address, and names stay readable', () => {
  assert.equal(writePlace({ view: 'map', query: { ns: '', node: '' } }), '/map');
  assert.equal(
    writePlace({ view: 'path', query: { to: 'svc/shop/web:80', from: 'client/outside' } }),
    '/path?from=client/outside&to=svc/shop/web:80',
  );
});

test('an unknown path shows the first view, and an unknown choice is the first one', () => {
  assert.equal(readPlace('/nowhere', '').view, 'map');
  assert.equal(oneOf('sideways', ['up', 'down']), 'up');
  assert.equal(oneOf('down', ['up', 'down']), 'down');
});
