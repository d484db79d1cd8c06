// parts.ts - the page of a story in parts: prose to read, blocks to look at, commands that are typed.
import { type Step, stepsOf } from './session.js';

/** A piece of a paragraph. */
export interface Piece {
  readonly kind: 'text' | 'code' | 'stress';
  readonly text: string;
}

/** A command with the line of the page at which it stands. */
export interface Typed extends Step {
  readonly line: number;
}

export type Part =
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'prose'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'block'; readonly name: string; readonly text: string }
  | { readonly kind: 'typed'; readonly only: readonly string[]; readonly steps: readonly Typed[] };

const INLINE = /`([^`]+)`|\*([^*]+)\*|\[([^\]]+)\]\([^)]*\)/g;

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { index, 0: whole, 1: code, 2: stress, 3: link } of text.matchAll(INLINE)) {
    pieces.push({ kind: 'text', text: text.slice(at, index) });
    pieces.push({
      kind: code !== undefined ? 'code' : stress !== undefined ? 'stress' : 'text',
      text: code ?? stress ?? link ?? '',
    });
    at = index + whole.length;
  }
  return [...pieces, { kind: 'text', text: text.slice(at) } as const].filter(({ text: words }) => words !== '');
}

function blockOf(fence: string, text: string, line: number): Part[] {
  const [kind = '', ...more] = fence.split(/\s+/);
  if (kind === 'config') return [];
  if (kind !== 'console') return [{ kind: 'block', name: more[0] ?? '', text }];
  const steps = stepsOf(text).map((step) => ({ ...step, line: line + step.line - 1 }));
  return [{ kind: 'typed', only: more, steps }];
}

const proseOf = (text: string): Part[] =>
  text.trim() === ''
    ? []
    : [
        text.startsWith('#')
          ? { kind: 'title', text: text.replace(/^#+ /, '').trim() }
          : { kind: 'prose', pieces: piecesOf(text.trim()) },
      ];

/** A page of examples/scenario, which has been read before it is sent, so its blocks are whole. */
export function partsOf(page: string): Part[] {
  const parts: Part[] = [];
  let prose: string[] = [];
  const end = (): void => {
    parts.push(...proseOf(prose.join('\n')));
    prose = [];
  };
  const lines = page.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') end();
    if (!line.startsWith('```')) {
      if (line !== '') prose.push(line);
      continue;
    }
    end();
    const close = lines.indexOf('```', at + 1);
    parts.push(...blockOf(line.slice(3).trim(), lines.slice(at + 1, close).join('\n'), at + 2));
    at = close;
  }
  end();
  return parts;
}
