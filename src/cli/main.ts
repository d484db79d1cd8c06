#!/usr/bin/env node
// main.ts - the list of verbs. Each is a file beside this one that is loaded only when it is typed.
import { runCommandLine, type Verb } from './program.js';

/** In the order of `kubewire --help`. A file's `register(program)` defines the verb's arguments and options. */
const VERBS: readonly Verb[] = [
  { verb: 'get', group: 'Objects:', about: 'Show objects', load: () => import('./get.js') },
  { verb: 'validate', group: 'Packets:', about: 'Check manifests without a lab', load: () => import('./validate.js') },
  { verb: 'version', group: 'Other:', about: 'Print the version', load: () => import('./version.js') },
];

process.exitCode = await runCommandLine(process.argv.slice(2), VERBS);
