// depth.ts - an upper bound of how deep a YAML text nests, found without recursion.
//
// The full parser recurses; a text made to nest thousands of levels would exhaust its stack, and Node dies of that
// without a chance to catch it. Brackets inside texts are counted too: the bound may be high, never low.

/** Far deeper than any object of Kubernetes, far from the end of the stack. */
export const DEPTH_LIMIT = 400;

/** Dashes of sequences that begin on one line: `- - - x` is 3. */
const dashes = (line: string): number => (/^(?:[-?]\s+)*/.exec(line)?.[0] ?? '').replace(/\s/g, '').length;

function flowDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function blockDepth(text: string): number {
  const indents: number[] = [];
  let deepest = 0;
  for (const line of text.split('\n')) {
    const content = line.trimStart();
    if (content === '') continue;
    const indent = line.length - content.length;
    while ((indents.at(-1) ?? -1) >= indent) indents.pop();
    indents.push(indent);
    deepest = Math.max(deepest, indents.length + dashes(content));
  }
  return deepest;
}

/** True if the text may nest deeper than the full parser should be asked to follow. */
export const nestsTooDeeply = (text: string): boolean =>
  flowDepth(text) > DEPTH_LIMIT || blockDepth(text) > DEPTH_LIMIT;
