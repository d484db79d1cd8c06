// session.ts - reads sessions: what is typed in a shell and what it prints, as a console block shows it.
//
//     $ kubectl create namespace a      a command; lines that end with \ go on, `<<EOF` up to EOF
//     namespace/a created               what it prints: `…` stands for anything within a line, alone for any lines,
//                                       and `{12..28}` for a number in this range, with blanks before it or without
//     [exit 1]                          how it ends, if not well
//     [within 10s]                      it is typed again until it prints that, for so long

export interface Step {
  readonly command: string;
  /** What stdout and stderr say together. */
  readonly expected: string;
  readonly exit: number;
  /** For how long it may be typed again, in seconds; 0: once must do. */
  readonly within: number;
  /** 1-based, of the command in the block. */
  readonly line: number;
}

/** What a command printed, and how it ended. */
export interface Printed {
  readonly text: string;
  readonly exit: number;
}

const ENDING = /^\[(?:exit (\d+)|within (\d+)s)\]$/;

/** Lines of a command from `at` on: those that it goes on to by \ or by a document in place. */
function commandFrom(lines: readonly string[], at: number): string[] {
  const taken = [(lines[at] ?? '').slice(2)];
  while (taken.at(-1)?.endsWith('\\')) taken.push(lines[at + taken.length] ?? '');
  if (/<<'?EOF/.test(taken.at(-1) ?? ''))
    do taken.push(lines[at + taken.length] ?? 'EOF');
    while (taken.at(-1) !== 'EOF');
  return taken;
}

/** The steps of a console block. Throws for one that does not begin with a command. */
export function stepsOf(block: string): Step[] {
  const lines = block.trimEnd().split('\n');
  const steps: Step[] = [];
  for (let at = 0; at < lines.length; ) {
    if (!lines[at]?.startsWith('$ ')) throw new Error(`a session begins with a command, not with: ${lines[at]}`);
    const line = at + 1;
    const command = commandFrom(lines, at);
    at += command.length;
    const printed: string[] = [];
    let [exit, within] = [0, 0];
    for (; at < lines.length && !lines[at]?.startsWith('$ '); at += 1) {
      const said = lines[at] ?? '';
      const [ending, code, seconds] = ENDING.exec(said) ?? [];
      if (ending === undefined) printed.push(said);
      else if (code === undefined) within = Number(seconds);
      else exit = Number(code);
    }
    steps.push({ command: command.join('\n'), expected: printed.join('\n'), exit, within, line });
  }
  return steps;
}

const RANGE = /\\\{(\d+)\\\.\\\.(\d+)\\\}/g;

/** Blanks at the ends of lines do not count. */
const whole = (words: string): string => `${words.replace(/[ \t]+$/gm, '').trim()}\n`;

/** Whether a command did what its step expects. */
export function fits({ expected, exit }: Pick<Step, 'expected' | 'exit'>, printed: Printed): boolean {
  if (printed.exit !== exit) return false;
  const ranges: (readonly [number, number])[] = [];
  const pattern = whole(expected)
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(RANGE, (_, low, high) => {
      ranges.push([Number(low), Number(high)]);
      return ' *(\\d+)';
    })
    .replace(/^…\n/gm, '(?:.*\n)*?')
    .replace(/…/g, '.*');
  const numbers = new RegExp(`^${pattern}$`).exec(whole(printed.text))?.slice(1).map(Number);
  return numbers?.every((number, i) => number >= (ranges[i]?.[0] ?? 0) && number <= (ranges[i]?.[1] ?? 0)) ?? false;
}
