// story.test.ts - pages of stories are read, mistakes in them are told with their place, and those that are shipped are whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChapters } from '../../src/story/page.js';
import { settingsOf } from '../../src/story/play.js';
import { shippedNames, shippedStory } from '../../src/story/shipped.js';
import { readStories, withoutCause } from '../../src/story/story.js';
import { sources } from '../support/sources.js';

const page = (config: string, more = ''): string =>
  `# A story\n\n\`\`\`config\n${config}\n\`\`\`\n\nProse.\n\n\`\`\`yaml a.yaml\na: cause\n\`\`\`\n${more}`;

test('a story has a title, a config, files and steps; its cause can be taken out', () => {
  const text = page(
    '{strategies: [iptables], up: --nodes 2, cause: {text: cause, without: none, shows: cat}}',
    '```console kernel-iptables\n$ cat a.yaml\na: cause\n$ echo cause\n```\n',
  );
  const [story] = readStories('a.md', text);
  assert.ok(story);
  assert.deepEqual(
    [story.title, story.config.strategies, story.config.up],
    ['A story', ['iptables'], ['--nodes', '2']],
  );
  assert.deepEqual(
    story.actions.map((action) => (action.kind === 'save' ? action.text : [action.line, action.only])),
    ['a: cause\n', [13, ['kernel-iptables']], [15, ['kernel-iptables']]],
  );
  const taken = withoutCause(story).actions.map((action) =>
    action.kind === 'save' ? action.text : [action.step.command, action.step.expected],
  );
  assert.deepEqual(taken, ['a: none\n', ['cat a.yaml', 'a: cause'], ['echo none', '']]);
});

const MISTAKES: readonly (readonly [config: string, complaint: RegExp])[] = [
  ['{strategies: [iptable]}', /a\.md:4: strategies is a list of nftables, .*, and not "iptable"/],
  ['{dataplanes: kubewire}', /a\.md:4: dataplanes is a list of kubewire, .*, and not "kubewire"/],
  ['{strategy: ipvs}', /a\.md:4: config has strategies, dataplanes, programs, up, cause, and no strategy/],
  ['{cause: {text: a}}', /a\.md:4: cause has three texts/],
];

for (const [config, complaint] of MISTAKES)
  test(`a config ${config} is refused with its place`, () => {
    assert.throws(() => readStories('a.md', page(config)), complaint);
  });

test('a block for an unknown strategy, and a cause that is nowhere, are refused', () => {
  assert.throws(() => readStories('a.md', page('{}', '```console ipvz\n$ a\n```\n')), /a\.md:13: .* not "ipvz"/);
  const [story] = readStories('a.md', page('{cause: {text: nowhere, without: a, shows: a}}'));
  assert.ok(story);
  assert.throws(() => withoutCause(story), /the cause "nowhere" stands in no file, no command and no flag/);
});

test('settings are all that can be: a kernel dataplane has the rules of its mode', () => {
  assert.deepEqual(settingsOf('ipvs', 'kubewire'), [{ strategy: 'ipvs', dataplane: 'kubewire' }]);
  assert.deepEqual(settingsOf('ipvs', 'kernel-nftables'), []);
  assert.deepEqual(settingsOf('all', 'kernel-iptables'), [{ strategy: 'iptables', dataplane: 'kernel-iptables' }]);
  const all = settingsOf('all', 'all').map(({ strategy, dataplane }) => `${dataplane} ${strategy}`);
  assert.ok(all.includes('kubewire perfect') && all.includes('kernel-nftables nftables'), all.join());
  assert.throws(() => settingsOf('ipvz', 'kubewire'), /unknown strategy "ipvz"/);
  assert.throws(() => settingsOf('ipvs', 'kernel'), /unknown dataplane "kernel"/);
});

test('a block that stands before every heading is in no story, and refused', () => {
  assert.throws(() => readStories('a.md', `#${page('{}')}`), /a\.md:3: a block before the first "# heading"/);
});

/** Blocks of other kinds are for the reader: a word that is misspelt would leave a session untyped. */
test('the blocks of the pages that are shipped are of the kinds that pages are made of', () => {
  const kinds = ['config', 'yaml', 'sh', 'console', 'text'];
  for (const { path, text } of sources(['examples/scenario', 'examples/conformance'], /\.md$/))
    for (const { blocks, title } of readChapters(path, text)) {
      const words = blocks.map((block) => block.words[0] ?? '');
      assert.deepEqual(
        words.filter((word) => !kinds.includes(word)),
        [],
        `${path}: ${title}`,
      );
      assert.ok(words.filter((word) => word === 'config').length <= 1, `${path}: ${title}: two config blocks`);
    }
});

for (const name of shippedNames())
  test(`the page of ${name} has a drawing, manifests, checks, and a cause that one of its commands shows`, () => {
    const { story, page: text } = shippedStory(name);
    assert.match(text, /```text\n|<svg|!\[/, 'a drawing');
    assert.ok(story.actions.some(({ kind }) => kind === 'save'));
    const { cause } = story.config;
    assert.ok(cause, 'a cause');
    withoutCause(story);
    const showing = story.actions.filter(
      (action) => action.kind === 'type' && action.step.command.includes(cause.shows),
    );
    assert.ok(showing.length > 0, `no command contains ${cause.shows}`);
  });
