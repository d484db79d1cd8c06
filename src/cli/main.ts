#!/usr/bin/env -S node --max-semi-space-size=64
// main.ts - the list of verbs. Each is a file beside this one that is loaded only when it is typed.
//
// The young generation is large (above), because what a sync makes outlives it: plan and tables of thousands of Services were
// copied from one half of a small one to the other again and again, which was a third of the sync's time.
import { runCommandLine, type Verb } from './program.js';

/** In the order of `kubewire --help`. A file's `register(program)` defines the verb's arguments and options. */
const VERBS: readonly Verb[] = [
  { verb: 'up', group: 'Lab:', about: 'Start a lab, with manifests', load: () => import('./verbs/up.js') },
  { verb: 'status', group: 'Lab:', about: 'Show what runs', load: () => import('./verbs/status.js') },
  {
    verb: 'check',
    group: 'Lab:',
    about: 'Send real requests, verify the answers',
    load: () => import('./verbs/check.js'),
  },
  {
    verb: 'exec',
    group: 'Lab:',
    about: 'Run a command in a pod, a node or outside',
    load: () => import('./verbs/exec.js'),
  },
  { verb: 'down', group: 'Lab:', about: 'End the lab', load: () => import('./verbs/down.js') },
  { verb: 'demo', group: 'Lab:', about: 'Start the example shop and check it', load: () => import('./verbs/demo.js') },
  { verb: 'get', group: 'Objects:', about: 'Show objects', load: () => import('./verbs/get.js') },
  { verb: 'describe', group: 'Objects:', about: 'Show objects in full', load: () => import('./verbs/describe.js') },
  {
    verb: 'apply',
    group: 'Objects:',
    about: 'Make objects what manifests say',
    load: () => import('./verbs/apply.js'),
  },
  {
    verb: 'create',
    group: 'Objects:',
    about: 'Create objects from manifests',
    load: () => import('./verbs/create.js'),
  },
  { verb: 'delete', group: 'Objects:', about: 'Delete objects', load: () => import('./verbs/delete.js') },
  {
    verb: 'expose',
    group: 'Objects:',
    about: 'Put a service in front of pods',
    load: () => import('./verbs/expose.js'),
  },
  { verb: 'scale', group: 'Objects:', about: 'Set the number of pods', load: () => import('./verbs/scale.js') },
  { verb: 'patch', group: 'Objects:', about: 'Change fields of an object', load: () => import('./verbs/patch.js') },
  { verb: 'label', group: 'Objects:', about: 'Set labels', load: () => import('./verbs/label.js') },
  { verb: 'annotate', group: 'Objects:', about: 'Set annotations', load: () => import('./verbs/annotate.js') },
  {
    verb: 'validate',
    group: 'Objects:',
    about: 'Check manifests without a lab',
    load: () => import('./verbs/validate.js'),
  },
  {
    verb: 'api-resources',
    group: 'Objects:',
    about: 'List the types of objects',
    load: () => import('./verbs/api-resources.js'),
  },
  {
    verb: 'trace',
    group: 'Packets:',
    about: 'Tell what happens to a packet, and why',
    load: () => import('./verbs/trace.js'),
  },
  {
    verb: 'matrix',
    group: 'Packets:',
    about: 'Show what reaches what, under each strategy',
    load: () => import('./verbs/matrix.js'),
  },
  {
    verb: 'conntrack',
    group: 'Packets:',
    about: 'List tracked connections',
    load: () => import('./verbs/conntrack.js'),
  },
  {
    verb: 'strategy',
    group: 'Strategies:',
    about: 'Show or switch how rules are looked up',
    load: () => import('./verbs/strategy.js'),
  },
  {
    verb: 'rules',
    group: 'Strategies:',
    about: "Print a node's tables as iptables, nft, ... write them",
    load: () => import('./verbs/rules.js'),
  },
  {
    verb: 'compare',
    group: 'Strategies:',
    about: 'Decide whether two strategies treat every packet alike',
    load: () => import('./verbs/compare.js'),
  },
  {
    verb: 'maglev',
    group: 'Strategies:',
    about: 'Show whom a Maglev ring chooses, and what moves',
    load: () => import('./verbs/maglev.js'),
  },
  {
    verb: 'bench',
    group: 'Strategies:',
    about: 'Measure strategies, and the kernel beside them',
    load: () => import('./verbs/bench.js'),
  },
  {
    verb: 'completion',
    group: 'Other:',
    about: 'Print the script for your shell',
    load: () => import('./verbs/completion.js'),
  },
  {
    verb: '__complete',
    group: 'Other:',
    about: 'Print candidates',
    load: () => import('./verbs/complete.js'),
    hidden: true,
  },
  { verb: 'version', group: 'Other:', about: 'Print the version', load: () => import('./verbs/version.js') },
];

process.exitCode = await runCommandLine(process.argv.slice(2), VERBS);
