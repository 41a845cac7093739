/** Flags as other tools call them, for people who type those. */
import type { Command } from 'commander';

/** What a flag of another tool is called here. */
const CALLED_HERE: ReadonlyMap<string, string> = new Map([
  ['--limit', '--max-records'],
  ['--head', '--max-records'],
  ['--first', '--max-records'],
  ['--take', '--max-records'],
  ['--filter', '--where'],
  ['--match', '--where'],
  ['--select', '--fields'],
  ['--columns', '--fields'],
  ['--include', '--fields'],
  ['--pick', '--fields'],
  ['--exclude', '--omit'],
  ['--drop', '--omit'],
  ['--output', '--out'],
  ['--force', '--overwrite'],
  ['--separator', '--delimiter'],
  ['--gzip', '--pack gzip'],
  ['--zip', '--pack zip'],
  ['--zstd', '--pack zstd'],
  ['--compress', '--pack gzip'],
  ['--csv', '-o file.csv'],
  ['--jsonl', '--format ndjson'],
  ['--silent', '--quiet'],
  ['--jobs', '--threads'],
  ['--workers', '--threads'],
]);

/** The error of an unknown flag, with the flag that does what that one does elsewhere, instead of one that looks similar. */
export function withKnownFlag(error: string, { options }: Command): string {
  const [, unknown = ''] = /^error: unknown option '(--[a-z-]+)/.exec(error) ?? [];
  const known = CALLED_HERE.get(unknown);
  if (known === undefined) return error;
  const [flag] = known.split(' ', 1);
  if (!options.some(({ long, short }) => long === flag || short === flag)) return error;
  const [first] = error.split('\n', 1);
  return `${first}\n(Did you mean ${known}?)\n`;
}
