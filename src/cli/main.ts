#!/usr/bin/env node
/** The entry point of the command line: answers `--version`, and loads the file of the command that runs. */
import { writeSync } from 'node:fs';
import { extname, join } from 'node:path';
import { VERSION } from '../terms/version.js';
import { type CommandName, isCommandName } from './commands.js';
import { cacheCompiledCode, cacheFolder } from './compile-cache.js';
import { loadStartFile } from './start-file.js';

/** The file of each command; the build makes one of it and of all that it needs at once. */
const START: Readonly<Record<CommandName | 'help', string>> = {
  help: 'help',
  export: 'export',
  unwrap: 'results',
  verify: 'results',
  inspect: 'results',
  generate: 'generate',
  serve: 'all',
  work: 'all',
  submit: 'client',
  jobs: 'client',
  schedules: 'client',
  webhooks: 'client',
  download: 'client',
  completion: 'all',
};

/** Commands that run for long, of which no short run keeps what was compiled. */
const LONG: ReadonlySet<string> = new Set(['serve', 'work']);

/** Flags with which a command does little of its work. */
const ASKS: ReadonlySet<string> = new Set(['--help', '-h', '--explain']);

const [, , ...words] = process.argv;
if (!printsVersion(words)) {
  // Words before the command are flags of the program, which the program refuses.
  const name = words.find(isCommandName) ?? 'help';
  const folder = cacheFolder();
  if (folder !== undefined) cacheCompiledCode(folder);
  const use = words.some((word) => ASKS.has(word)) ? undefined : useOf(words);
  // The build makes CommonJS of this module.
  loadStartFile(join(__dirname, 'start', `${START[name]}.js`), LONG.has(name) ? undefined : folder, use);
}

/** Which flags are given, and which kinds of files: what a command calls depends on these. */
function useOf(words: readonly string[]): string {
  const parts = words.map((word) => (word.startsWith('-') ? word.replace(/=.*/s, '') : extname(word)));
  return [...new Set(parts)].sort().join(' ');
}

/** Prints the version if only that is asked for; if it cannot be written, the program reports it. */
function printsVersion([first]: readonly string[]): boolean {
  if (first !== '--version' && first !== '-V') return false;
  try {
    writeSync(1, `${VERSION}\n`);
    return true;
  } catch {
    return false;
  }
}
