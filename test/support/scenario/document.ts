// document.ts - scenario files: pages whose blocks are configs, manifests and packets.
import { readChapters } from '../../../src/story/page.js';

export interface Block {
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

/** Every `# heading` begins a scenario. Throws with `file:line` for a fence that is none of ours, and for what sends nothing. */
export const readScenarios = (file: string, text: string): Scenario[] =>
  readChapters(file, text).map((chapter) => {
    const blocks = chapter.blocks.map(({ words, ...block }) => {
      const kind = words.join(' ');
      if (!KINDS.includes(kind))
        throw new Error(`${file}:${block.line - 1}: a block is ${KINDS.join(', ')}, not "${kind}"`);
      return { ...block, kind: kind as Block['kind'] };
    });
    const many = (kind: string): number => blocks.filter((block) => block.kind === kind).length;
    if (many('packets') === 0) throw new Error(`${file}:${chapter.line}: a scenario without a packets block`);
    if (many('config') > 1) throw new Error(`${file}:${chapter.line}: a scenario with two config blocks`);
    return { ...chapter, blocks };
  });
