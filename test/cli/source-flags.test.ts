/** Valid combinations of inputs, and the flags that they need. */
import { describe, expect, test } from 'vitest';
import { sluice } from './run-sluice.js';

const ENV = { SLUICE_POSTGRES: '', SLUICE_TOKENS: '' };

describe('refuses', () => {
  test.each([
    ['an address together with a file', 'export catalog.ndjson postgres://127.0.0.1/a --table t', 'cannot be combined'],
    ['two addresses', 'export postgres://127.0.0.1/a postgres://127.0.0.1/b --table t', 'cannot be combined'],
    ['a table without a database', 'export catalog.ndjson --table t', '--table'],
    ['a query without a database', 'inspect catalog.ndjson --query x', '--query'],
    ['the platform without headers', 'export rdp+https://127.0.0.1/tenant', '--headers-file'],
    ['work without a database of jobs', 'work catalog.ndjson', '--postgres'],
    ['work with a concurrency of 0', 'work catalog.ndjson --postgres postgres://x/y --concurrency 0', 'no job'],
    ['work without a place for results', 'work catalog.ndjson --postgres postgres://127.0.0.1/a', '--results'],
    ['work without an input', 'work --postgres postgres://127.0.0.1/a --results r', 'name an input'],
    ['standard input for jobs', 'serve - --no-auth', 'standard input'],
    ['a key without a database', 'export catalog.ndjson --key id', '--key: without effect'],
    ['connections without a database', 'inspect catalog.ndjson --connections 2', '--connections: without effect'],
    [
      'columns without a database',
      'export - --entity-column a --id-column b --type-column c --document-column d',
      '--entity-column, --id-column, --type-column, --document-column: without effect',
    ],
    [
      'flags of the platform for a file',
      'export catalog.ndjson --headers-file h --platform-query q --platform-fields f --page-size 5',
      '--headers-file: without effect',
    ],
    [
      'flags of the platform for a plan over a file',
      'export catalog.ndjson --headers-file h --explain',
      '--headers-file: without effect',
    ],
    [
      'flags of the platform for a database',
      'export postgres://127.0.0.1:1/a --table t --page-size 5',
      '--page-size: without effect',
    ],
    [
      'flags of a database for the platform',
      'export rdp+https://127.0.0.1:1/a --headers-file h --connections 2',
      '--connections: without effect',
    ],
    [
      'flags of the platform for jobs over a file',
      'serve catalog.ndjson --no-auth --headers-file h',
      '--headers-file: without',
    ],
    [
      'flags of a database for the tables of jobs',
      'work catalog.ndjson --postgres postgres://127.0.0.1:1/a --results r --key id',
      '--key: without effect',
    ],
    ['a file of rejected lines without --on-error skip', 'export catalog.ndjson --rejects r', '--on-error skip'],
    ['all matches without ids', 'export catalog.ndjson --all-matches', '--all-matches needs ids'],
    ['an empty name of the id', 'export catalog.ndjson --id-field=', 'must not be empty'],
    ['an empty name of the type', 'inspect catalog.ndjson --type-field=', 'must not be empty'],
    ['an empty name of the type for jobs', 'serve catalog.ndjson --type-field=', 'must not be empty'],
    ['an empty tenant', 'export catalog.ndjson --tenant=', 'must not be empty'],
    ['another scheme', 'export mysql://127.0.0.1/a', 'mysql'],
  ])('%s', async (_what, line, word) => {
    const { code, stdout, stderr } = await sluice(line.split(' '), { env: ENV });
    expect({ code, stdout: stdout.toString() }).toStrictEqual({ code: line.includes('mysql') ? 5 : 2, stdout: '' });
    expect(stderr).toContain(word);
  });
});
