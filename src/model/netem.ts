// netem.ts - times, rates and chances as tc-netem(8) writes them. Null for what is none.

const SECONDS: Readonly<Record<string, number>> = {
  ...{ s: 1, sec: 1, secs: 1, ms: 1e-3, msec: 1e-3, msecs: 1e-3 },
  ...{ us: 1e-6, usec: 1e-6, usecs: 1e-6, ns: 1e-9, nsec: 1e-9, nsecs: 1e-9, m: 60, min: 60, h: 3600 },
};

/** Bits a second: `bit` counts bits, `bps` bytes. */
const RATES: Readonly<Record<string, number>> = {
  ...{ bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, tbit: 1e12, kibit: 1024, mibit: 1024 ** 2, gibit: 1024 ** 3 },
  ...{ bps: 8, kbps: 8e3, mbps: 8e6, gbps: 8e9, tbps: 8e12 },
};

function scaled(text: string, units: Readonly<Record<string, number>>, plain: number): number | null {
  const [, number, unit = ''] = /^(\d+\.?\d*|\.\d+)([a-zA-Z]*)$/.exec(text.trim()) ?? [];
  const factor = unit === '' ? plain : units[unit.toLowerCase()];
  return number === undefined || factor === undefined ? null : Number(number) * factor;
}

/** `20ms`, `100us`, `1.5s` → seconds. A number alone is in microseconds, as for tc. */
export const netemSeconds = (text: string): number | null => scaled(text, SECONDS, 1e-6);

/** `10mbit`, `500kbit`, `1gbit`, `125kbps` → bits a second. A number alone is in bits. */
export const netemRate = (text: string): number | null => scaled(text, RATES, 1);

/** `20%` or `20` → 0.2; from 0 to 1. */
export function netemChance(text: string): number | null {
  const value = scaled(text.replace(/%$/, ''), {}, 0.01);
  return value === null || value > 1 ? null : value;
}
