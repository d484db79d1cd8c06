// text.ts - numbers and tuples of connections for people.
import type { FlowTuple } from '../../observe/conntrack.js';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `980 B`, `12.3 kB`; three digits. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `8s`, `3m12s`, `2h5m`: as kubectl writes ages. */
export function ageText(seconds: number | null): string {
  if (seconds === null) return '';
  const whole = Math.floor(seconds);
  if (whole < 120) return `${whole}s`;
  if (whole < 7200) return `${Math.floor(whole / 60)}m${whole % 60}s`;
  return `${Math.floor(whole / 3600)}h${Math.floor((whole % 3600) / 60)}m`;
}

const IS_V6 = /:/;
const end = (address: string, port: number): string =>
  port === 0 ? address : IS_V6.test(address) ? `[${address}]:${port}` : `${address}:${port}`;

export const tupleText = ({ source, sourcePort, destination, destinationPort }: FlowTuple): string =>
  `${end(source, sourcePort)} → ${end(destination, destinationPort)}`;
