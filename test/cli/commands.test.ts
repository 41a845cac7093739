/** All commands: flags, inputs and outputs, silence with --quiet, and nothing but data on standard output. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import { rowsOf } from '../naive/workbook.js';
import { unzip } from '../pack/unzip.js';
import { filesIn, shell, sluice } from './run-sluice.js';

const LINES = ['{"id":"a","type":"t"}', '{"id":"b","type":"u"}', '{"id":"c","type":"t"}'];
const TEXT = `${LINES.join('\n')}\n`;
const DOCUMENT = `{"entities":[${LINES.join()}]}`;

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-commands-'));
  await writeFile(at('in.ndjson'), TEXT);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(line: string, input?: string | Buffer, env: Readonly<Record<string, string>> = {}) {
  const ended = await sluice(line.split(' '), { cwd: folder, env, ...(input === undefined ? {} : { input }) });
  return { ...ended, text: ended.stdout.toString() };
}

/** The last line of JSON on standard error. */
function said(stderr: string): unknown {
  return JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
}

describe('export', () => {
  test('packs the result as the profile states', async () => {
    const { text } = await run('export in.ndjson --profile downloadDataJSONJob --export-id job --quiet');
    expect(JSON.parse(text).response).toMatchObject({ status: 'success', totalRecords: 3 });
  });

  test('selects profiles in files by name and by context; flags override them', async () => {
    const own = (channel: string, batchSize: number) => ({
      ...{ name: 'own', format: 'json', pack: 'zip', batchSize, context: { channel } },
      entityProperties: { by: 'executionContext.userId' },
    });
    await writeFile(at('own.json'), JSON.stringify([own('A', 1), { ...own('B', 2), name: 'other' }]));
    const explained = async (flags: string) =>
      (await run(`export in.ndjson --profiles own.json --user-id me --export-id job --explain ${flags}`)).text;
    expect(await explained('--profile own')).toMatch(/by profile own:.*after 1 record; .*job_1_out\.json/s);
    expect(await explained('--profile-context channel=b')).toMatch(/by profile other:.*after 2 records;/s);
    expect(await explained('--profile own --batch-size 0')).not.toContain('Begin another file');
    expect(await explained('--profile own --max-bytes-per-file 10MB --manifest --file-name all')).toMatch(
      /after 1 record or 10000000 bytes; several are called all_1\.json.*list of the files/s,
    );
    expect(await run('export in.ndjson --profiles own.json --profile own')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('clientState.notificationInfo.userId'),
    });
  });

  test('uses the inline profile of a request, unless a flag names another one', async () => {
    await writeFile(at('request.json'), JSON.stringify({ profile: { name: 'own', format: 'array', pack: 'none' } }));
    expect((await run('export in.ndjson --request request.json --quiet')).text).toBe(`[${LINES.join()}]`);
    const { text } = await run('export in.ndjson --request request.json --profile downloadDataJSONJob --quiet');
    expect(JSON.parse(text).response).toMatchObject({ status: 'success', totalRecords: 3 });
  });

  test('refuses an unknown profile before the input is opened', async () => {
    const { code, stderr } = await run('export none.ndjson --profile nowhere');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no profile is called "nowhere"'),
    });
  });

  test('writes batches as files of one zip', async () => {
    expect((await run('export in.ndjson --batch-size 2 --file-name all -o out.zip')).code).toBe(0);
    const files = (await unzip(await readFile(at('out.zip')))).map(({ entry, content }) => [
      entry.fileName,
      content.toString(),
    ]);
    expect(files).toStrictEqual([
      ['all_1.json', `{"entities":[${LINES[0]},${LINES[1]}]}`],
      ['all_2.json', `{"entities":[${LINES[2]}]}`],
    ]);
  });

  test('applies pack, format and level to standard output', async () => {
    const packed = await run('export in.ndjson --pack gzip --format json --level 9 --threads 2 --quiet');
    expect(gunzipSync(packed.stdout).toString()).toBe(DOCUMENT);
    // The header of gzip contains the level.
    expect(packed.stdout[8]).toBe(2);
    expect((await run('export in.ndjson --format array --quiet -o -')).text).toBe(`[${LINES.join()}]`);
  });

  test('explains the number of threads, and refuses an invalid one', async () => {
    const { text } = await run('export in.ndjson --pack zip --threads 5 --explain');
    expect(text).toContain('- Deflate 5 blocks at a time.');
    for (const threads of ['0', '1025', 'x']) {
      const { code, stderr } = await run(`export in.ndjson --pack zip --threads ${threads}`);
      expect([code, stderr.includes('threads')], threads).toStrictEqual([2, true]);
    }
  });

  test('writes a table for a flag or a suffix, also from standard input', async () => {
    const rows = ['t,a,', 'u,b,', 't,c,'].map((row) => `,${row}`);
    const expected = ['Action,Type,ID,Name', ...rows, ''].join('\r\n');
    expect((await run('export - --format dsv --layout entities --quiet', TEXT)).text).toBe(expected);
    await run('export in.ndjson --layout entities -o out.tsv');
    expect(await readFile(at('out.tsv'), 'utf8')).toBe(expected.replaceAll(',', '\t'));
    await writeFile(at('formula.ndjson'), '{"id":"=1"}');
    const unguarded = await run('export formula.ndjson --format dsv --no-guard-formulas --quiet');
    expect(unguarded.text).toBe('id\r\n=1\r\n');
    expect((await run('export formula.ndjson --format dsv --quiet')).text).toBe("id\r\n'=1\r\n");
    const { code, stderr } = await run('export in.ndjson --delimiter ;');
    expect([code, stderr.includes('format dsv')]).toStrictEqual([2, true]);
    expect((await run('verify out.tsv')).text).toContain('ok: entities, a table (records not counted)');
  });

  test('writes a workbook for a suffix, and relationships to a second file of a zip', async () => {
    await run('export in.ndjson --layout entities -o out.xlsx');
    expect((await rowsOf(await readFile(at('out.xlsx')), 'Entities'))[1]).toEqual(['Action', 'Type', 'ID', 'Name']);
    expect((await run('verify out.xlsx')).text).toContain('ok: workbook, a table (records not counted)');
    const data = '{"relationships":{"fits":[{"relTo":{"id":"b"}}]}}';
    await writeFile(at('related.ndjson'), `{"id":"a","type":"t","data":${data}}`);
    await run('export related.ndjson --format dsv --file-name out -o two.zip');
    expect((await run('verify two.zip')).text).toContain('out_relationships.csv');
    const { code, stderr } = await run('export related.ndjson --multi-file -o one.csv');
    expect([code, stderr.includes('pack none holds one file only')]).toStrictEqual([2, true]);
  });

  test('sorts by paths, and takes a part of the result', async () => {
    await writeFile(
      at('prices.ndjson'),
      '{"id":"a","price":9}\n{"id":"b","price":10}\n{"id":"c"}\n{"id":"d","price":9.0}\n',
    );
    const ids = async (flags: string) =>
      (await run(`export prices.ndjson --format ndjson --fields id --quiet ${flags}`)).text.replaceAll(/\W|id/g, '');
    expect(await ids('--order-by price,id')).toBe('adbc');
    expect(await ids('--order-by /price --skip 1 --max-records 2')).toBe('db');
    const explained = await run('export prices.ndjson --order-by price,/id --skip 2 --explain');
    expect(explained.text).toContain(
      '- Sort them by the value at "price" ascending, then by the value at "/id" ascending;',
    );
    expect(explained.text).toContain('- Leave out the first 2 of them.');
    const { code, stderr } = await run('export prices.ndjson --order-by a..b');
    expect([code, stderr.includes('--order-by') || stderr.includes('sort')]).toStrictEqual([2, true]);
  });

  test('writes a document to a file with an unknown suffix', async () => {
    await run('export in.ndjson -o result.data');
    expect(await readFile(at('result.data'), 'utf8')).toBe(DOCUMENT);
  });

  test('accepts a request in the form of the library; each flag replaces one member', async () => {
    const request = { types: ['u'], ids: ['a', 'b'], maxRecords: 1, fields: { attributes: ['x'], properties: ['p'] } };
    await writeFile(at('request.json'), JSON.stringify(request));
    const explained = async (flags: string) =>
      (await run(`export in.ndjson --request request.json --explain${flags}`)).text;
    expect(await explained('')).toMatch(
      /ids "a", "b".*\n.*type "u".*\n.*after 1 record\.\n.*attributes "x", properties "p"/,
    );
    expect(await explained(' --type t --type v --id c --max-records 7 --attributes y,z')).toMatch(
      /id "c".*\n.*type "t", "v".*\n.*after 7 records\.\n.*attributes "y", "z", properties "p"/,
    );
    expect(await filesIn(folder)).toStrictEqual(['in.ndjson', 'request.json']);
  });

  test('reports the name of a request that cannot be read or is invalid JSON', async () => {
    await writeFile(at('broken.json'), '{"types":');
    expect(await run('export in.ndjson --request broken.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('broken.json'),
    });
    expect(await run('export in.ndjson --request none.json')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('none.json'),
    });
    expect(await run('export in.ndjson --ids-from none.txt')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('none.txt'),
    });
  });

  test('adds the ids in a file to those of flags', async () => {
    await writeFile(at('ids.txt'), 'c');
    expect((await run('export in.ndjson --id a --ids-from ids.txt --quiet')).text).toBe(`${LINES[0]}\n${LINES[2]}\n`);
    await writeFile(at('ids.txt'), '\n\n');
    expect((await run('export in.ndjson --ids-from ids.txt --quiet')).text).toBe('');
  });

  test('prints one line, and nothing with --quiet', async () => {
    expect((await run('export in.ndjson -o a.json --quiet')).stderr).toBe('');
    const { stderr, text } = await run('export in.ndjson -o b.json');
    expect(stderr).toMatch(/^sluice: 3 records to b\.json \(.*\); 3 read, 0 filtered; .*\n$/);
    expect(text).toBe('');
    expect((await run('export in.ndjson --max-records 1 -o c.json')).stderr).toContain('1 read (limit reached)');
    expect((await run('export in.ndjson --id b -o d.json')).stderr).toContain('2 read (all ids found), 1 filtered');
  });

  test('prints no escape sequences without a terminal, even if colours are forced', async () => {
    const environments: readonly Record<string, string>[] = [{ NO_COLOR: '1' }, { FORCE_COLOR: '1', TERM: 'xterm' }];
    for (const env of environments) {
      for (const line of ['export in.ndjson -o out.json --overwrite', 'export none.ndjson']) {
        const { stdout, stderr } = await run(line, undefined, env);
        expect(`${stdout}${stderr}`.includes('\u001b')).toBe(false);
      }
    }
  });

  test('writes a result larger than a pipe completely', async () => {
    const { bytes } = catalog({ seed: 1, form: 'lines', bytes: 3_000_000 });
    const { code, stdout } = await run('export - --quiet', bytes);
    expect(code).toBe(0);
    expect(stdout.equals(bytes)).toBe(true);
  });

  test('writes only complete lines before a fault, as many as the record of the fault states', async () => {
    const { bytes, facts } = catalog({ seed: 1, form: 'lines', bytes: 3_000_000 });
    const { code, stdout, stderr } = await run('export -', Buffer.concat([bytes, Buffer.from('{"id":"x"')]));
    expect(code).toBe(4);
    expect(stdout.length).toBeGreaterThan(1_000_000);
    expect(stdout.equals(bytes.subarray(0, stdout.length))).toBe(true);
    expect(stdout.at(-1)).toBe(0x0a);
    expect(stderr).toContain(`record ${facts.entities}`);
  });

  test('exports no records from empty standard input', async () => {
    expect(await run('export', '')).toMatchObject({ code: 0, text: '', stderr: expect.stringContaining('0 records') });
  });

  test('refuses standard input among files', async () => {
    expect(await run('export in.ndjson -', TEXT)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot be combined'),
    });
  });
});

describe('files beside a result', () => {
  const FAULTY = Buffer.from(`${LINES[0]}\n{"id":}\n{"id":"\u00ff"}\n${LINES[2]}\n`, 'latin1');

  test('rejected records keep their bytes, in base64 if they are not UTF-8', async () => {
    await writeFile(at('in.ndjson'), FAULTY);
    const { code, text, stderr } = await run('export in.ndjson --on-error skip --rejects bad.ndjson');
    expect([code, text]).toStrictEqual([7, `${LINES[0]}\n${LINES[2]}\n`]);
    expect(stderr).toContain('2 rejected');
    const rejects = (await readFile(at('bad.ndjson'), 'utf8')).trim().split('\n');
    expect(rejects.map((line): unknown => JSON.parse(line))).toMatchObject([
      { source: 'in.ndjson', recordIndex: 1, byteOffset: 22, line: 2, code: 'INVALID_JSON', raw: '{"id":}' },
      {
        source: 'in.ndjson',
        recordIndex: 2,
        byteOffset: 30,
        line: 3,
        code: 'INVALID_UTF8',
        rawBase64: 'eyJpZCI6Iv8ifQ==',
      },
    ]);
  });

  test('rejected records are counted, and set the exit code, without --rejects', async () => {
    await writeFile(at('in.ndjson'), FAULTY);
    const { code, stderr } = await run('export in.ndjson --on-error skip -o out.json --receipt receipt.json --json');
    expect(code).toBe(7);
    expect(said(stderr)).toMatchObject({ receipt: { read: 4, written: 2, rejected: 2 } });
    expect(JSON.parse(await readFile(at('receipt.json'), 'utf8'))).toMatchObject({ rejected: 2 });
  });

  test('the file of rejected records is empty if there are none', async () => {
    expect((await run('export in.ndjson --on-error skip --rejects bad.ndjson -o out.json')).code).toBe(0);
    expect(await readFile(at('bad.ndjson'), 'utf8')).toBe('');
  });

  test('a failed run leaves none of them', async () => {
    await writeFile(at('in.ndjson'), `${FAULTY.toString('latin1')}`);
    const line = 'export in.ndjson none.ndjson --on-error skip --rejects bad.ndjson --receipt receipt.json -o out.json';
    expect((await run(line)).code).toBe(5);
    expect(await filesIn(folder)).toStrictEqual(['in.ndjson']);
  });

  test('an existing one is refused before anything is read', async () => {
    await writeFile(at('taken'), 'mine');
    // Reading it would fail with another code.
    await writeFile(at('faulty.ndjson'), '{');
    for (const flag of ['--rejects', '--receipt', '-o']) {
      const { code, stderr } = await run(`export faulty.ndjson --on-error skip ${flag} taken`);
      expect([code, stderr]).toStrictEqual([5, expect.stringContaining('DESTINATION_EXISTS')]);
    }
    expect(await filesIn(folder)).toStrictEqual(['faulty.ndjson', 'in.ndjson', 'taken']);
    expect((await run('export in.ndjson --overwrite --receipt taken -o out.json')).code).toBe(0);
    expect(JSON.parse(await readFile(at('taken'), 'utf8'))).toMatchObject({
      written: 3,
      output: { sha256: expect.any(String) },
    });
  });

  test('a receipt of standard output has the digests of its bytes', async () => {
    const { stdout } = await run('export in.ndjson --receipt receipt.json --pack zip');
    await writeFile(at('out.zip'), stdout);
    expect((await run('verify out.zip --receipt receipt.json')).code).toBe(0);
  });
});

describe('unwrap', () => {
  test('reads standard input and writes standard output', async () => {
    const { stdout } = await shell('sluice export in.ndjson --pack envelope --quiet | sluice unwrap --quiet', {
      cwd: folder,
    });
    expect(stdout.subarray(0, 2).toString()).toBe('PK');
    await writeFile(at('out.zip'), stdout);
    expect((await run('verify out.zip')).text).toContain('ok: zip, 3 records');
  });

  test('reports what it wrote to a file, and replaces one only on request', async () => {
    await run('export in.ndjson --pack envelope --tenant acme --export-id job-1 -o answer.json');
    const first = await run('unwrap answer.json -o out.zip');
    expect(first).toMatchObject({ code: 0, text: '' });
    expect(first.stderr).toMatch(/3 records in .* to out\.zip; export job-1 of tenant acme/);
    expect(await run('unwrap answer.json -o out.zip')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('--overwrite'),
    });
    const again = await run('unwrap answer.json -o out.zip --overwrite --json');
    expect(said(again.stderr)).toMatchObject({ envelope: { id: 'job-1', tenantId: 'acme', totalRecords: 3 } });
    expect((await run('unwrap answer.json -o out.zip --overwrite --quiet')).stderr).toBe('');
  });

  test('ends silently when its reader has left', async () => {
    const { bytes } = catalog({ seed: 1, form: 'lines', bytes: 3_000_000 });
    await writeFile(at('in.ndjson'), bytes);
    const line =
      'sluice export in.ndjson --pack envelope --quiet | { sluice unwrap --quiet; echo "code $?" >&2; } | head -c 2';
    const { stdout, stderr } = await shell(line, { cwd: folder });
    expect([stdout.toString(), stderr]).toStrictEqual(['PK', 'code 0\n']);
  });
});

describe('verify', () => {
  test('prints the result as text, as JSON, or not at all', async () => {
    await run('export in.ndjson --export-id job -o out.zip');
    const { text, stderr } = await run('verify out.zip');
    expect(stderr).toBe('');
    expect(text).toMatch(
      /^out\.zip: ok: zip, 3 records, .*\n {2}sha256 [0-9a-f]{64}\n {2}job_out\.json: 3 records, \d+ B\n$/,
    );
    expect(JSON.parse((await run('verify out.zip --json')).text)).toMatchObject({
      kind: 'zip',
      records: 3,
      files: [{ name: 'job_out.json' }],
    });
    expect(await run('verify out.zip --quiet')).toMatchObject({ code: 0, text: '', stderr: '' });
  });

  test('reports damage on standard error only', async () => {
    await writeFile(at('out.gz'), gzipSync(TEXT).subarray(0, 30));
    expect(await run('verify out.gz')).toMatchObject({
      code: 4,
      text: '',
      stderr: expect.stringContaining('(TRUNCATED)'),
    });
    const { stderr } = await run('verify out.gz --json');
    expect(said(stderr)).toMatchObject({ error: { code: 'TRUNCATED' } });
  });

  test('refuses a file that is not a receipt', async () => {
    await writeFile(at('receipt.json'), '{"written":"3"}');
    expect(await run('verify in.ndjson --receipt receipt.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('receipt.json'),
    });
    await writeFile(at('receipt.json'), 'null');
    expect((await run('verify in.ndjson --receipt receipt.json')).code).toBe(2);
  });
});

describe('inspect', () => {
  test('accepts a path, the member of the type and the form of the input', async () => {
    await writeFile(at('in.json'), `{"a":{"b":[{"kind":"k"},{"kind":"k"},{}]}}`);
    const found = JSON.parse((await run('inspect in.json --path a.b --type-field kind --json')).text);
    expect(found).toMatchObject({ records: 3, types: [{ type: 'k', records: 2 }, { records: 1 }] });
    const { text } = await run('inspect in.json --path a.b --type-field kind');
    expect(text).toMatch(/\(none\) +1 /);
    expect(JSON.parse((await run('inspect in.json --input lines --json')).text)).toMatchObject({ records: 1 });
  });

  test('reads standard input, and prints only the table with --quiet', async () => {
    expect(await run('inspect - --quiet', TEXT)).toMatchObject({
      code: 0,
      stderr: '',
      text: expect.stringContaining('3 records'),
    });
  });
});

describe('generate', () => {
  test('generates equal bytes for equal flags, and others for another seed', async () => {
    const generated = async (flags: string) => (await run(`generate --quiet ${flags}`)).stdout;
    const first = await generated('--entities 20 --seed 3');
    expect(first.equals(catalog({ seed: 3, form: 'lines', entities: 20 }).bytes)).toBe(true);
    expect((await generated('--entities 20 --seed 3')).equals(first)).toBe(true);
    expect((await generated('--entities 20 --seed 4')).equals(first)).toBe(false);
    expect(JSON.parse((await generated('--entities 5 --form array --entity-bytes 300')).toString())).toHaveLength(5);
  });

  test('writes a file, and replaces one only on request', async () => {
    const first = await run('generate --entities 5 -o big.ndjson');
    expect(first).toMatchObject({ code: 0, text: '', stderr: expect.stringContaining('5 entities') });
    expect((await run('generate --entities 5 -o big.ndjson')).code).toBe(5);
    expect((await run('generate --entities 6 -o big.ndjson --overwrite --quiet')).stderr).toBe('');
    expect((await readFile(at('big.ndjson'), 'utf8')).trim().split('\n')).toHaveLength(6);
    expect(await filesIn(folder)).toStrictEqual(['big.ndjson', 'in.ndjson']);
  });

  test('refuses contradicting and invalid flags', async () => {
    expect((await run('generate --entities 5 --size 1MB')).code).toBe(2);
    expect((await run('generate --entities five')).code).toBe(2);
    expect((await run('generate --form table')).code).toBe(2);
  });

  test('ends silently when its reader has seen enough', async () => {
    const { stdout, stderr } = await shell('sluice generate --size 1GB --quiet | head -c 1', { cwd: folder });
    expect([stdout.toString(), stderr]).toStrictEqual(['{', '']);
  });
});

test.each([
  ['export in.json --json --limit 3', "unknown option '--limit' (Did you mean --max-records?)"],
  ['verify --json', "missing required argument 'file'"],
  ['inspect --jsn --json', "unknown option '--jsn' (Did you mean --json?)"],
  ['exprt --json', "unknown command 'exprt' (Did you mean export?)"],
])('an error of usage is JSON under --json: %s', async (words, message) => {
  const { code, text, stderr } = await run(words);
  expect([code, text]).toStrictEqual([2, '']);
  expect(JSON.parse(stderr)).toMatchObject({ level: 50, msg: message, error: { code: 'INVALID', message } });
});

test('verify refuses standard input, which it cannot read twice', async () => {
  const { code, stderr } = await run('verify -');
  expect([code, stderr]).toStrictEqual([2, expect.stringContaining('save standard input (-) to a file')]);
});

test.each(['unwrap', 'verify', 'inspect', 'generate'])('%s --help prints to standard output', async (command) => {
  const { code, text, stderr } = await run(`${command} --help`);
  expect([code, stderr]).toStrictEqual([0, '']);
  expect(text).toContain('--quiet');
  expect(text).toContain('--json');
});
