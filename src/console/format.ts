/** Numbers, sizes and times as people read them. */

const GROUPED = new Intl.NumberFormat('en');
const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** A count with all its digits, in groups of three. */
export function count(value: number | bigint | { toString(): string } | undefined): string {
  if (value === undefined) return '–';
  if (typeof value === 'number' || typeof value === 'bigint') return GROUPED.format(value);
  const text = value.toString();
  return /^-?\d+$/.test(text) ? GROUPED.format(BigInt(text)) : text;
}

/** `1 job`, `2 jobs`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A size in three digits. */
export function bytes(value: number | undefined): string {
  if (value === undefined) return '–';
  let rest = Number(value);
  let unit = 0;
  while (rest >= 1000 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? rest : rest.toFixed(rest < 10 ? 2 : rest < 100 ? 1 : 0)} ${UNITS[unit]}`;
}

/** A share of a whole. */
export function percent(part: number, whole: number): string {
  if (part > 0 && part / whole < 0.001) return '< 0.1 %';
  return whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(part > 0 && part / whole < 0.1 ? 1 : 0)} %`;
}

/** A duration in its two largest units. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A time in full, in the browser's time zone. */
export function moment(time: string | number): string {
  return MOMENT.format(new Date(time));
}

/** A time of day. */
export function clock(time: number): string {
  return CLOCK.format(new Date(time));
}

/** How long ago, in words. */
export function ago(time: string, now: number): string {
  const seconds = (now - Date.parse(time)) / 1000;
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}
