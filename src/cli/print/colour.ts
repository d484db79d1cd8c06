// colour.ts - colour where a person looks at it: a terminal without NO_COLOR, or FORCE_COLOR.

const CODES = { red: 31, green: 32, yellow: 33, blue: 34, bold: 1, dim: 2 } as const;

export type Colour = keyof typeof CODES;

/** https://no-color.org: any value that is not empty turns colour off; FORCE_COLOR turns it on without a terminal. */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR) return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** The text in a colour, if the stream wants one. */
export function paint(stream: { isTTY?: boolean }, colour: Colour, text: string): string {
  return wantsColour(stream) ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text;
}
