// story.ts - the page of a story, and the list of all, as pages to share.
import { type Part, partsOf } from '../../story/parts.js';
import type { ShippedStory } from '../../story/shipped.js';
import { type Page, type PageSection, typedCommand } from './page.js';

/** What is typed and printed, as a console block has it. */
const typed = (part: Extract<Part, { kind: 'typed' }>): string[] =>
  part.steps.flatMap(({ command, expected, exit }) => [
    ...`$ ${command}`.split('\n'),
    ...(expected === '' ? [] : expected.split('\n')),
    ...(exit === 0 ? [] : [`[exit ${exit}]`]),
  ]);

function sectionOf(part: Part): PageSection[] {
  if (part.kind === 'title') return [];
  if (part.kind === 'prose') return [{ title: '', text: [part.pieces.map(({ text }) => text).join('')] }];
  if (part.kind === 'block') return [{ title: part.name, lines: part.text.split('\n') }];
  return [{ title: part.only.length === 0 ? '' : `With ${part.only.join(', ')}`, lines: typed(part) }];
}

/** @param page in Markdown */
export function storyPage(title: string, page: string): Page {
  const sections = partsOf(page).flatMap(sectionOf);
  const [first, ...others] = sections;
  return { title, answer: first?.text?.[0] ?? '', well: true, sections: others, legend: [], again: typedCommand() };
}

export const listPage = (stories: readonly ShippedStory[]): Page => ({
  title: 'Scenarios',
  answer: `${stories.length} stories that explain Services and check themselves`,
  well: true,
  sections: [
    {
      title: 'Stories',
      table: {
        head: ['NAME', 'TITLE', 'STRATEGIES'],
        rows: stories.map(({ name, story: { title, config } }) => ({
          mark: '',
          cells: [name, title, config.strategies.join(' ')],
        })),
      },
    },
  ],
  legend: [],
  again: typedCommand(),
});
