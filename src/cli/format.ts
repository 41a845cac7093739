/** Numbers as people read them. */
import { formatCount } from '../terms/format-count.js';

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes in decimal units: `1.3 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A count with its noun: `1 record`, `10 records`. */
export function formatRecords(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'record' : 'records'}`;
}

const SIZES: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** Parses a size such as `2GB`, `1.5mb` or `4096` to bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?b)?$/i.exec(text) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * (SIZES[unit.toLowerCase()] ?? 1));
}
