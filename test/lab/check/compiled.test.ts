// compiled.test.ts - why a package that is compiled for one Node cannot be loaded, in a sentence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFault } from '../../../src/lab/check/witness/compiled.js';

const otherNode = (modules: number): string =>
  `The module '/x/raw-socket/build/Release/raw.node'\nwas compiled against a different Node.js version using\n` +
  `NODE_MODULE_VERSION ${modules}. This version of Node.js requires\nNODE_MODULE_VERSION 137. Please try re-compiling`;

test('an addon of another Node is told as that, with what helps', () => {
  const of = (message: string): string => loadFault('raw-socket', message, '24.21.0').message;
  assert.equal(of(otherNode(115)), 'raw-socket was built for Node 20, this is Node 24: run npm rebuild');
  assert.equal(of(otherNode(999)), 'raw-socket was built for another Node, this is Node 24: run npm rebuild');
});

test('a package that is not there or was not built says how to get it', () => {
  const of = (name: string, message: string): string => loadFault(name, message, '24.21.0').message;
  assert.match(of('raw-socket', "Cannot find module 'raw-socket'\nRequire stack:"), /run npm install raw-socket where/);
  assert.match(
    of('cap', "Cannot find module '../build/Release/cap.node'"),
    /apt-get install libpcap-dev.*npm install cap where/,
  );
  assert.equal(of('cap', 'libpcap.so.0.8: cannot open\nmore'), 'cap cannot be loaded: libpcap.so.0.8: cannot open');
});
