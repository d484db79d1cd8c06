// field.ts - how structs of the contract are written down: fields, one after another.

/** Field kinds. `bytes` fields are raw; a `_be` suffix on a u16 says that it stands in network order. */
type FieldKind = 'u8' | 'u16' | 'u32' | 'u64' | 'bytes';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Length of a `bytes` field, in bytes. */
  readonly length?: number;
  readonly doc: string;
}

export interface Struct {
  readonly name: string;
  readonly doc: string;
  /** Total size in bytes; fields are laid out in order without gaps, the rest is reserved and zero. */
  readonly size: number;
  readonly fields: readonly Field[];
}

export const u8 = (name: string, doc: string): Field => ({ name, kind: 'u8', doc });
export const u16 = (name: string, doc: string): Field => ({ name, kind: 'u16', doc });
export const u32 = (name: string, doc: string): Field => ({ name, kind: 'u32', doc });
export const u64 = (name: string, doc: string): Field => ({ name, kind: 'u64', doc });
export const bytes = (name: string, length: number, doc: string): Field => ({ name, kind: 'bytes', length, doc });
export const address = (name: string, doc: string): Field =>
  bytes(name, 16, `${doc} (16 bytes; IPv4 as ::ffff:a.b.c.d)`);
