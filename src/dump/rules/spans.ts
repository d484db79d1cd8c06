// spans.ts - the last addresses of both families: a network that ends there and begins at 0 holds every address.

export const ADDRESS_SPAN: ReadonlySet<bigint> = new Set([(1n << 32n) - 1n, (1n << 128n) - 1n]);
