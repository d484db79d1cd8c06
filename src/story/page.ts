// page.ts - reads pages: Markdown in which headings begin stories and fenced blocks are what happens, in order.

export interface Block {
  /** The words after the fence: what it is, and more about it. */
  readonly words: readonly string[];
  /** 1-based line of the first line of text. */
  readonly line: number;
  readonly text: string;
}

/** What stands below a `# heading`. */
export interface Chapter {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** The chapters of a page; prose is for the reader. Throws with `file:line` for a block that is not closed or in no chapter. */
export function readChapters(file: string, text: string): Chapter[] {
  const chapters: { file: string; line: number; title: string; blocks: Block[] }[] = [];
  let open: { words: string[]; line: number; text: string[] } | null = null;
  for (const [i, line] of text.split('\n').entries()) {
    if (open && line.startsWith('```')) {
      const chapter = chapters.at(-1);
      if (!chapter) throw new Error(`${file}:${open.line - 1}: a block before the first "# heading"`);
      chapter.blocks.push({ ...open, text: open.text.join('\n') });
      open = null;
    } else if (open) open.text.push(line);
    else if (line.startsWith('```')) open = { words: line.slice(3).trim().split(/\s+/), line: i + 2, text: [] };
    else if (line.startsWith('# ')) chapters.push({ file, line: i + 1, title: line.slice(2).trim(), blocks: [] });
  }
  if (open) throw new Error(`${file}:${open.line}: the block is not closed`);
  return chapters;
}
