// dash.test.ts - `kubewire dash`: the address of the page, alone on standard output.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shell, startLab } from '../lab.js';

test('dash prints one address of loopback with a token, and the same one again', async (t) => {
  const { shell } = await startLab(t);
  const first = await shell.run(['dash', '--no-open']);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assert.match(first.stdout, /^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}\n$/);
  assert.equal((await shell.run(['dash', '--no-open'])).stdout, first.stdout);
});

test('dash without a lab says how to start one', async (t) => {
  const { code, stdout, stderr } = await new Shell(t).run(['dash', '--no-open']);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /no lab is running/);
});
