// scenario.ts - `kubewire scenario`: stories that explain something, play it with real packets, and check themselves.
import { Argument, type Command } from 'commander';
import { type Hear, playStory, type Row, settingsOf } from '../../story/play.js';
import { type ShippedStory, shippedNames, shippedStory } from '../../story/shipped.js';
import type { Setting } from '../../story/stage.js';
import { withoutCause } from '../../story/story.js';
import { Exit, usage } from '../failure.js';
import { closing, offer, outputOption } from '../flags.js';
import { settingOptions } from '../packets/setting.js';
import { paint } from '../print/colour.js';
import { asPage, pageHtml } from '../print/page.js';
import { ROW_FORMATS, rowsIn, rowText } from '../print/rows.js';
import { listPage, storyPage } from '../print/story.js';

interface ScenarioFlags {
  readonly strategy?: string;
  readonly dataplane: string;
  readonly withoutCause?: boolean;
  readonly output: string;
}

const { stdout } = process;

function list(stories: readonly ShippedStory[], { output }: ScenarioFlags): void {
  const page = asPage(output, () => listPage(stories));
  if (page !== null || output === 'json') {
    const told = stories.map(({ name, story: { title, config } }) => ({ name, title, ...config }));
    stdout.write(page ?? `${JSON.stringify(told, null, 2)}\n`);
    return;
  }
  const width = Math.max(...stories.map(({ name }) => name.length));
  for (const { name, story } of stories) stdout.write(`${name.padEnd(width)}  ${story.title}\n`);
}

/** The page as it is written, or for a browser. */
function show({ name, story: { title, config }, page }: ShippedStory, { output }: ScenarioFlags): void {
  if (output === 'json') stdout.write(`${JSON.stringify({ name, title, ...config, page }, null, 2)}\n`);
  else stdout.write(output === 'html' ? pageHtml(storyPage(title, page)) : page);
}

/** As in a terminal: what is typed, and what it prints. */
const printStep: Hear = ({ step }, { text }) => {
  stdout.write(`${paint(stdout, 'bold', `$ ${step.command}`)}\n${text.trimEnd()}${text.trim() === '' ? '' : '\n'}`);
};

/** Without --strategy the first one that a story is about. */
function settingsFor({ story }: ShippedStory, { strategy, dataplane }: ScenarioFlags): Setting[] {
  const { strategies } = story.config;
  const [preset = 'nftables'] = strategies.includes('nftables') ? ['nftables'] : strategies;
  const settings = settingsOf(strategy ?? (dataplane === 'kubewire' ? preset : 'all'), dataplane);
  if (settings.length > 0) return settings;
  throw usage(`--dataplane ${dataplane} has the rules of its own mode, not of ${strategy}`, 'scenario');
}

async function run(stories: readonly ShippedStory[], flags: ScenarioFlags): Promise<void> {
  const asText = flags.output === 'text';
  const rows: Row[] = [];
  for (const shipped of stories) {
    const story = flags.withoutCause ? withoutCause(shipped.story) : shipped.story;
    for (const setting of settingsFor(shipped, flags)) {
      const row = await playStory(shipped.name, story, setting, asText && stories.length === 1 ? printStep : undefined);
      rows.push(row);
      if (asText) stdout.write(rowText(row));
    }
  }
  stdout.write(rowsIn(flags.output, 'scenario', rows));
  if (rows.some(({ result }) => result === 'failed')) throw new Exit(1);
}

function scenario(action: string, names: readonly string[], flags: ScenarioFlags): Promise<void> | void {
  const stories = (names.length > 0 ? names : shippedNames()).map(shippedStory);
  if (action === 'run') return run(stories, flags);
  if (flags.output === 'junit') throw usage('-o junit is for scenario run', 'scenario');
  if (action === 'list') return list(stories, flags);
  if (action !== 'show') throw usage(`"${action}" is none of list, run, show`, 'scenario');
  if (names.length === 0) throw usage('which one? scenario show NAME', 'scenario');
  for (const shipped of stories) show(shipped, flags);
}

export function register(program: Command): void {
  const command = program
    .command('scenario')
    .description(
      'Play stories: each explains something about Services on a page, does it in a lab of its own with real packets, and\n' +
        'checks what is seen. The page says what to type, so that you can do it by hand as well.',
    )
    .addArgument(offer(new Argument('[action]', 'what to do').default('list'), ['list', 'run', 'show']))
    .addArgument(offer(new Argument('[scenario...]', 'their names (run: default all)'), shippedNames()));
  settingOptions(command, 'how rules are looked up (default: what the story is about)').option(
    '--without-cause',
    'take out what causes it: the story must then fail',
  );
  outputOption(command, ROW_FORMATS, 'text').action(scenario);
  closing(
    command,
    'kubewire scenario list\nkubewire scenario show client-address\nkubewire scenario run client-address\n' +
      'kubewire scenario run --strategy all --dataplane all -o junit > report.xml',
    { 1: 'a story failed, or there is none of that name' },
  );
}
