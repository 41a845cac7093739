/** What benches print and keep: tables in Markdown, numbers in JSON, the machine they come from. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';

/** A table in Markdown; numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  const numeric = head.map((_, column) => column > 0 && rows.every((row) => /^[\d., x-]*$/.test(String(row[column]))));
  const line = (row: readonly string[]) => {
    const cells = row.map((cell, column) =>
      numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
    return `| ${cells.join(' | ')} |`;
  };
  const rule = widths.map((width, column) => (numeric[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(texts[0]), `| ${rule.join(' | ')} |`, ...texts.slice(1).map(line)].join('\n');
}

/** A rate for people: three digits, or whole. */
export function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/**
 * Adds the numbers of one bench to the file that `BENCH_JSON` names, if it names one. Each bench replaces its own
 * part of it.
 */
export async function keep(part: string, numbers: unknown): Promise<void> {
  const path = process.env.BENCH_JSON;
  if (!path) return;
  const known: Record<string, unknown> = JSON.parse(await readFile(path, 'utf8').catch(() => '{}'));
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify({ ...known, machine, [part]: numbers }, null, 1)}\n`);
}

/** A whole number from the environment. */
export function setting(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a whole number from 1`);
  return value;
}
