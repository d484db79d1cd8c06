// session.ts - reads sessions: Markdown with what is typed in a shell and what it prints.
//
//     # A sentence, which is the name of the test
//
//     ```console
//     $ kubectl create namespace a      a command; lines that end with \ go on, `<<EOF` up to EOF
//     namespace/a created               what it prints: `…` stands for anything within a line, alone for any lines
//     [exit 1]                          how it ends, if not well
//     ```
//
// A heading that ends with `(from 1.31)` needs a kubectl of that version or later.

export interface Step {
  readonly command: string;
  /** What stdout and stderr say together. */
  readonly expected: string;
  readonly exit: number;
}

interface Session {
  readonly title: string;
  /** The least minor version of kubectl. */
  readonly from: number;
  readonly steps: readonly Step[];
}

const BLOCK = /^```console\n([\s\S]*?)^```$/gm;
const HEADING = /^# (.+?)(?: \(from 1\.(\d+)\))?$/m;
const EXIT = /^\[exit (\d+)\]$/;

/** Lines of a command from `at` on: those that it goes on to by \ or by a document in place. */
function commandFrom(lines: readonly string[], at: number): string[] {
  const taken = [(lines[at] ?? '').slice(2)];
  while (taken.at(-1)?.endsWith('\\')) taken.push(lines[at + taken.length] ?? '');
  if (/<<'?EOF/.test(taken.at(-1) ?? ''))
    do taken.push(lines[at + taken.length] ?? 'EOF');
    while (taken.at(-1) !== 'EOF');
  return taken;
}

function stepsOf(block: string): Step[] {
  const lines = block.trimEnd().split('\n');
  const steps: Step[] = [];
  for (let at = 0; at < lines.length; ) {
    if (!lines[at]?.startsWith('$ ')) throw new Error(`a session begins with a command, not with: ${lines[at]}`);
    const command = commandFrom(lines, at);
    at += command.length;
    const printed: string[] = [];
    let exit = 0;
    for (; at < lines.length && !lines[at]?.startsWith('$ '); at += 1) {
      const line = lines[at] ?? '';
      const ended = EXIT.exec(line);
      if (ended) exit = Number(ended[1]);
      else printed.push(line);
    }
    steps.push({ command: command.join('\n'), expected: printed.join('\n'), exit });
  }
  return steps;
}

/** The sessions of a page, one a heading. */
export function readSessions(page: string): Session[] {
  return page
    .split(/^(?=# )/m)
    .filter((part) => part.startsWith('# '))
    .map((part) => {
      const [, title = '', from = '0'] = HEADING.exec(part) ?? [];
      return { title, from: Number(from), steps: [...part.matchAll(BLOCK)].flatMap(([, text = '']) => stepsOf(text)) };
    });
}

/** Whether a text is what a step expects. Blanks at the ends of lines do not count. */
export function fits(expected: string, text: string): boolean {
  const whole = (words: string): string => `${words.replace(/[ \t]+$/gm, '').trim()}\n`;
  const pattern = whole(expected)
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/^…\n/gm, '(?:.*\n)*?')
    .replace(/…/g, '.*');
  return new RegExp(`^${pattern}$`).test(whole(text));
}
