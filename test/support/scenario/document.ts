// document.ts - scenario files: Markdown in which headings are scenarios and fenced blocks are what happens, in order.

export interface Block {
  /** Word behind the fence: yaml, config or packets. */
  readonly kind: 'yaml' | 'config' | 'packets';
  /** 1-based line of the first line of text. */
  readonly line: number;
  readonly text: string;
}

export interface Scenario {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly blocks: readonly Block[];
}

const KINDS: readonly string[] = ['yaml', 'config', 'packets'];

/** Every `# heading` begins a scenario; prose is for the reader. Throws with `file:line` for a fence that is none of ours. */
export function readScenarios(file: string, text: string): Scenario[] {
  const scenarios: { file: string; line: number; title: string; blocks: Block[] }[] = [];
  const lines = text.split('\n');
  let open: { kind: Block['kind']; line: number; text: string[] } | null = null;
  for (const [i, line] of lines.entries()) {
    if (open && line.startsWith('```')) {
      scenarios.at(-1)?.blocks.push({ kind: open.kind, line: open.line, text: open.text.join('\n') });
      open = null;
    } else if (open) open.text.push(line);
    else if (line.startsWith('```')) {
      const kind = line.slice(3).trim();
      if (!KINDS.includes(kind)) throw new Error(`${file}:${i + 1}: a block is ${KINDS.join(', ')}, not "${kind}"`);
      open = { kind: kind as Block['kind'], line: i + 2, text: [] };
    } else if (line.startsWith('# ')) {
      scenarios.push({ file, line: i + 1, title: line.slice(2).trim(), blocks: [] });
    }
  }
  if (open) throw new Error(`${file}:${open.line}: the block is not closed`);
  return scenarios;
}
