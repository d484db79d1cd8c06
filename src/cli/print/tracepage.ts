// tracepage.ts - traces as a page for sharing: a step for every stage, with the packet's header before and after it.
import { changed, type Field, fieldsOf } from '../../dash/path/header.js';
import { tellStory } from '../../observe/story.js';
import type { TraceResult } from '../../observe/trace.js';
import type { Stage } from '../../observe/walk.js';
import { type Page, type PageSection, typedCommand } from './page.js';

/** A trace, the sentences that end its story, and the packet as it came to each stage and left it. */
export interface Told {
  readonly result: TraceResult;
  readonly advice: readonly string[];
  readonly stages: readonly Pick<Stage, 'frame' | 'after' | 'out'>[];
}

const CHANGED = '*';

/** The fields of the packet's headers; those that the stage has changed are marked. */
function headerTable({ frame, after, out }: Told['stages'][number]): NonNullable<PageSection['table']> {
  const left = after ? out?.bytes : undefined;
  const fields = fieldsOf(frame);
  const others = left ? fieldsOf(left) : [];
  const places = left ? changed(frame, left) : new Set<number>();
  const isChanged = ({ at, length }: Field): boolean => [...places].some((place) => place >= at && place < at + length);
  const rows = fields.map((field, i) => ({
    mark: isChanged(field) ? (CHANGED as '*') : ('' as const),
    cells: [field.layer === fields[i - 1]?.layer ? '' : field.layer, field.name, field.text, others[i]?.text ?? '–'],
  }));
  return { head: ['Header', 'Field', 'Came', 'Left'], rows };
}

/** Each story: a beginning, a section for every stage, and an end. */
export function tracePage(traces: readonly Told[]): Page {
  const stories = traces.map(({ result, advice, stages }) => {
    const [title = '', ...parts] = tellStory(result, advice).trimEnd().split('\n\n');
    return { title, answer: parts.pop() ?? '', parts, stages };
  });
  const [only] = traces;
  const many = stories.length > 1;
  return {
    title: many ? `${stories.length} traces` : (stories[0]?.title ?? 'No trace'),
    answer: many ? `${stories.length} packets, one after the other` : (stories[0]?.answer ?? ''),
    well: many || (only?.result.verdict !== 'drop' && only?.result.verdict !== 'reject'),
    sections: stories.flatMap(({ title, answer, parts, stages }) => [
      ...(many ? [{ title, text: [answer] }] : []),
      ...parts.map((part, i): PageSection => {
        const [head = '', ...lines] = part.split('\n');
        const stage = stages[i];
        const told = { title: head, lines: lines.map((line) => line.replace(/^ {4}/, '')) };
        return stage ? { ...told, table: headerTable(stage), step: true } : told;
      }),
    ]),
    legend: [
      [
        CHANGED,
        'of a field: changed by this stage; of an endpoint: masqueraded, it sees the node instead of the client',
      ],
    ],
    again: typedCommand(),
  };
}
