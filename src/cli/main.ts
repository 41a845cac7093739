#!/usr/bin/env node
/** The entry point of the command line: answers `--version`, and loads the file of the command that runs. */
import { writeSync } from 'node:fs';
import { VERSION } from '../terms/version.js';
import { type CommandName, isCommandName } from './commands.js';
import { cacheCompiledCode } from './compile-cache.js';

/** The file of each command; the build makes one of it and of all that it needs at once. */
const START: Readonly<Record<CommandName | 'help', () => Promise<unknown>>> = {
  help: () => import('./start/help.js'),
  export: () => import('./start/export.js'),
  unwrap: () => import('./start/results.js'),
  verify: () => import('./start/results.js'),
  inspect: () => import('./start/results.js'),
  generate: () => import('./start/generate.js'),
  serve: () => import('./start/all.js'),
  work: () => import('./start/all.js'),
  submit: () => import('./start/client.js'),
  jobs: () => import('./start/client.js'),
  schedules: () => import('./start/client.js'),
  webhooks: () => import('./start/client.js'),
  download: () => import('./start/client.js'),
  completion: () => import('./start/all.js'),
};

const [, , ...words] = process.argv;
if (!printsVersion(words)) {
  cacheCompiledCode();
  // Words before the command are flags of the program, which the program refuses.
  void START[words.find(isCommandName) ?? 'help']();
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
