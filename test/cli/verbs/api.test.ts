// api.test.ts - `kubewire api`: how it does not begin.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { ownFolder, runProgram } from '../../support/program.js';

const folder = ownFolder('api');

test('an API whose DNS cannot listen says so and ends, with its listeners and its state', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const place = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const words = ['api', '--socket', 'api.sock', '--secure-port', '0', '--state', 'state', '--dns-address', place];
  for (let i = 0; i < 2; i++) {
    const { code, err } = runProgram(words, folder);
    assert.match(err, /^error: DNS cannot listen on 127\.0\.0\.1 port \d+: .*\nChoose another address\.\n$/);
    assert.equal(code, 2);
  }
});
