// setup.test.ts - what the setup says when a step fails, before anything is installed that could say it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

const setup = async <Module>(name: string): Promise<Module> => {
  const root = import.meta.url.replace(/\/(dist\/)?test\/setup\/[^/]*$/, '');
  return (await import(`${root}/src/setup/${name}.mjs`)) as Module;
};

test('the network is blamed when npm could not reach the registry, and never else', async () => {
  const { whyNpmFailed } = await setup<{ whyNpmFailed(output: string): string }>('modules');
  const network = [
    'npm error code ENOTFOUND\nnpm error network request to https://registry.npmjs.org/yaml failed',
    'npm error code ECONNREFUSED',
    'npm error FetchError: request failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org',
  ];
  for (const output of network) assert.match(whyNpmFailed(output), /^the npm registry could not be reached/);
  const others = [
    "npm error ../nan/nan.h:1: error: 'IdleNotificationDeadline' is not a member of 'v8::Isolate'",
    'npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and lock are in sync',
    'npm error code ENOSPC\nnpm error nospc There appears to be insufficient space on your system',
  ];
  for (const output of others) assert.match(whyNpmFailed(output), /^the network was not the reason/);
});

test("of a failed build the compiler's own words are shown", async () => {
  const { compilerErrors } = await setup<{ compilerErrors(output: string): string }>('gyp');
  const noise = Array.from({ length: 100 }, (_, line) => `gyp info line ${line}`).join('\n');
  const error = '../native/io/tap.cc:9:10: fatal error: linux/if_tun.h: No such file or directory';
  assert.match(compilerErrors(`${noise}\n${error}\ncompilation terminated.\n${noise}`), new RegExp(`^${error}\ncomp`));
  const missing = 'make: g++: No such file or directory';
  assert.match(compilerErrors(`${noise}\n${missing}`), /^make: g\+\+/);
  assert.match(compilerErrors(`${noise}\ngyp ERR! not ok`), /gyp ERR! not ok$/);
});
