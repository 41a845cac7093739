/** What inputs may be called together, and what must be said beside them. */
import { describe, expect, test } from 'vitest';
import { sluice } from './run-sluice.js';

const ENV = { SLUICE_POSTGRES: '', SLUICE_TOKENS: '' };

describe('refused', () => {
  test.each([
    ['an address beside a file', 'export catalog.ndjson postgres://127.0.0.1/a --table t', 'stands alone'],
    ['two addresses', 'export postgres://127.0.0.1/a postgres://127.0.0.1/b --table t', 'stands alone'],
    ['a table without a database', 'export catalog.ndjson --table t', '--table'],
    ['a query without a database', 'inspect catalog.ndjson --query x', '--query'],
    ['the platform without headers', 'export https://127.0.0.1/tenant', '--headers-file'],
    ['work without a database of jobs', 'work catalog.ndjson', '--postgres'],
    ['work without a place in the process', 'work catalog.ndjson --postgres postgres://x/y --concurrency 0', 'no job'],
    ['work without a place for results', 'work catalog.ndjson --postgres postgres://127.0.0.1/a', '--results'],
    ['work without an input', 'work --postgres postgres://127.0.0.1/a', 'inputs'],
    ['standard input for jobs', 'serve - --no-auth', 'standard input'],
    ['another scheme', 'export mysql://127.0.0.1/a', 'mysql'],
  ])('%s', async (_what, line, word) => {
    const { code, stdout, stderr } = await sluice(line.split(' '), { env: ENV });
    expect({ code, stdout: stdout.toString() }).toStrictEqual({ code: line.includes('mysql') ? 5 : 2, stdout: '' });
    expect(stderr).toContain(word);
  });
});
