// ids.ts - stable 32-bit ids from names: a name has the same id in every generation and on every node.

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
 * Hands out ids for names. Two names never share an id: on a collision the later name takes the next free number. So
 * ids depend only on the names and on the order in which they are requested. 0 and NONE are never handed out.
 */
export class IdTable {
  /** A hash table with linear probing: ids (0 = free) and their owners. Takes less memory than a Map. */
  #ids = new Uint32Array(64);
  #owners = new Array<string>(64);
  #used = 0;

  /** Id of a name, 1 to 0xfffffffe. */
  of(name: string): number {
    if (this.#used * 2 >= this.#ids.length) this.#grow();
    for (let id = hashName(name); ; id = (id + 1) >>> 0) {
      if (id === 0 || id === NONE) id = 1;
      const slot = this.#slotOf(id);
      if (this.#ids[slot] === 0) {
        this.#put(slot, id, name);
        return id;
      }
      if (this.#owners[slot] === name) return id;
    }
  }

  /** The slot that holds an id, or the free slot at which its probe ends. */
  #slotOf(id: number): number {
    const mask = this.#ids.length - 1;
    let slot = id & mask;
    while (this.#ids[slot] !== 0 && this.#ids[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }

  #put(slot: number, id: number, name: string): void {
    this.#ids[slot] = id;
    this.#owners[slot] = name;
    this.#used++;
  }

  #grow(): void {
    const [ids, owners] = [this.#ids, this.#owners];
    this.#ids = new Uint32Array(ids.length * 4);
    this.#owners = new Array<string>(ids.length * 4);
    this.#used = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? 0;
      if (id !== 0) this.#put(this.#slotOf(id), id, owners[i] ?? '');
    }
  }
}
