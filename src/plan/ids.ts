// ids.ts - stable 32-bit ids from names: the same name has the same id in every generation and on every node.

const hashName = (name: string): number => {
  // FNV-1a over UTF-16 units, then a finalizer, because FNV's low bits are weak for names that differ in the last letter.
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x21f0aaad);
  h ^= h >>> 15;
  h = Math.imul(h, 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
};

const NONE = 0xffffffff;

/**
 * Hands out ids for names. Two names never share one: the later name of a collision takes the next free number, so ids
 * depend only on the names and on the order in which they are asked for. 0 and NONE are never handed out.
 */
export class IdTable {
  /** By id as a signed number: that is a key which takes no memory of its own. */
  readonly #owners = new Map<number, string>();

  /** Id of a name, 1 to 0xfffffffe. */
  of(name: string): number {
    let id = hashName(name);
    for (;;) {
      if (id === 0 || id === NONE) id = 1;
      const owner = this.#owners.get(id | 0);
      if (owner === undefined) {
        this.#owners.set(id | 0, name);
        return id;
      }
      if (owner === name) return id;
      id = (id + 1) >>> 0;
    }
  }
}
