/** The command as a whole: its inputs and outputs, how it ends, and its exit codes. */
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ended, filesIn, shell, sluice, startSluice, until } from './run-sluice.js';

const ROOT = resolve(import.meta.dirname, '../..');
const STORES = resolve(ROOT, '../shared/data/stores.json');

const LINES = ['{"id":"a","type":"t","n":1.0}', '{"id":"b","type":"u"}', '{"id":"c","type":"t","name":"C"}'];
const TEXT = `${LINES.join('\n')}\n`;

let folder = '';
const path = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
  await writeFile(path('in.ndjson'), TEXT);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the command in the folder; its standard output as text. */
async function run(line: string, input?: string) {
  const { code, stdout, stderr } = await sluice(line.split(' '), { cwd: folder, ...(input ? { input } : {}) });
  return { code, stdout: stdout.toString(), stderr };
}

describe('export', () => {
  it('writes lines to standard output, and everything else to standard error', async () => {
    const { code, stdout, stderr } = await run('export in.ndjson --type T');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${LINES[0]}\n${LINES[2]}\n` });
    expect(stderr).toContain('2 records to standard output');
  });

  it.each([
    ['--id b', [1]],
    ['--id b --id c', [1, 2]],
    ['--id a,c', [0, 2]],
    ['--type t,u', [0, 1, 2]],
    ['--ids-from ids.txt', [0, 2]],
    ['--name C', [2]],
    ['--type t --max-records 1', [0]],
    ['--type _ALL --max-records 0', []],
    ['--type t --type u', [0, 1, 2]],
    ['--id-field type --id t --all-matches', [0, 2]],
    ['--type-field name --type c', [2]],
  ])('keeps what %s requests', async (flags, kept) => {
    await writeFile(path('ids.txt'), 'a\r\n\nc\n');
    const { code, stdout } = await run(`export in.ndjson --quiet ${flags}`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: kept.map((index) => `${LINES[index]}\n`).join('') });
  });

  it('warns of a selection that cannot match', async () => {
    const { code, stderr } = await run('export in.ndjson --type-field tpye --type t');
    expect(code).toBe(0);
    expect(stderr).toContain('warning: none of the 3 entities has the member "tpye"');
    const json = (await run('export in.ndjson --id a,nobody --json')).stderr;
    expect(json).toContain('"code":"IDS_NOT_FOUND"');
    expect(json).toContain('"notes":[{"code":"IDS_NOT_FOUND"');
  });

  it.each([
    ['{"ids":["a"],"ids":["b"]}', 'ids: is given twice'],
    ['{"criteria":{"attributes":[{"n":{"eq":9007199254740993}}]}}', 'criteria.attributes[0].n.eq: 9007199254740993'],
    ['{"types":["t"],}', 'request.json is not JSON'],
  ])('refuses the request %s, whose text would not be kept unchanged', async (text, words) => {
    await writeFile(path('request.json'), text);
    const { code, stderr } = await run('export in.ndjson --request request.json');
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });

  it('reads standard input without an input, and for -', async () => {
    for (const line of ['export --quiet', 'export - --quiet']) {
      expect((await run(line, TEXT)).stdout).toBe(TEXT);
    }
  });

  it('reads files in the given order, also gzip and globs', async () => {
    await writeFile(path('b.json'), '{"entities":[{"id":"y"}]}');
    await writeFile(path('a.json.gz'), gzipSync('[{"id":"x"}]'));
    const { stdout } = await run('export b.json a.json* in.ndjson --quiet');
    expect(stdout).toBe(`{"id":"y"}\n{"id":"x"}\n${TEXT}`);
  });

  it.each([
    ['out.json', (bytes: Buffer) => expect(bytes.toString()).toBe(`{"entities":[${LINES.join(',')}]}`)],
    ['out.ndjson', (bytes: Buffer) => expect(bytes.toString()).toBe(TEXT)],
    ['out.jsonl.gz', (bytes: Buffer) => expect(gunzipSync(bytes).toString()).toBe(TEXT)],
    ['out.zip', (bytes: Buffer) => expect(bytes.subarray(0, 2).toString()).toBe('PK')],
  ])('packs %s by its suffix', async (name, check) => {
    expect((await run(`export in.ndjson -o ${name}`)).code).toBe(0);
    check(await readFile(path(name)));
  });

  it('refuses a suffix that contradicts a flag, with the remedy', async () => {
    const { code, stderr } = await run('export in.ndjson -o out.zip --pack gzip');
    expect(code).toBe(2);
    expect(stderr).toContain('choose pack zip');
    expect(await filesIn(folder)).toEqual(['in.ndjson']);
  });

  it('refuses an existing file without --overwrite', async () => {
    await writeFile(path('out.json'), 'mine');
    const refused = await run('export in.ndjson -o out.json');
    expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('--overwrite') });
    expect(await readFile(path('out.json'), 'utf8')).toBe('mine');
    expect((await run('export in.ndjson -o out.json --overwrite')).code).toBe(0);
  });

  it('accepts the documented body; flags replace its members', async () => {
    const body = {
      params: {
        query: { filters: { typesCriterion: ['u'] } },
        options: { maxRecords: '2' },
        rsconnect: { profiles: ['downloadDataJSONJob'] },
      },
    };
    await writeFile(path('body.json'), JSON.stringify(body));
    const flags = '--type t --tenant acme --export-id job-7 --file-name all --level 9';
    expect((await run(`export in.ndjson --request body.json ${flags} -o answer.json`)).code).toBe(0);
    const { response } = JSON.parse(await readFile(path('answer.json'), 'utf8'));
    expect(Object.keys(response)).toEqual(['binaryObjects', 'status', 'statusDetail', 'totalRecords']);
    expect(response).toMatchObject({
      binaryObjects: [
        {
          id: 'job-7',
          type: 'JSONObject',
          systemInfo: { tenantId: 'acme' },
          properties: { fileName: 'all.zip', version: '1.1', extension: 'zip' },
        },
      ],
      status: 'success',
      statusDetail: {},
      totalRecords: 2,
    });
  });

  it('lists every fault of a request', async () => {
    await writeFile(path('body.json'), '{"params":{"query":{"idz":"a"},"sort":{"byColor":[]}},"fileName":7}');
    const { code, stderr } = await run('export in.ndjson --request body.json');
    expect(code).toBe(2);
    for (const path of ['params.query.idz', 'params.sort.byColor', 'fileName', 'params.query.filters.typesCriterion']) {
      expect(stderr).toContain(`${path}: `);
    }
  });

  it('projects with any flag for fields', async () => {
    await writeFile(path('in.ndjson'), '{"id":"a","x":1,"properties":{"p":1,"q":2},"data":{"attributes":{"c":{}}}}\n');
    const properties = await run('export in.ndjson --quiet --properties q');
    expect(properties.stdout).toBe('{"id":"a","properties":{"q":2}}\n');
    const attributes = await run('export in.ndjson --quiet --attributes c,d --relationships _ALL --properties p');
    expect(attributes.stdout).toBe('{"id":"a","properties":{"p":1},"data":{"attributes":{"c":{}}}}\n');
  });

  it('explains the plan, and does nothing', async () => {
    const { code, stdout } = await run('export missing.ndjson --type t --max-records 3 -o out.zip --explain');
    expect(code).toBe(0);
    expect(stdout).toContain('- Keep entities of type "t".\n- Stop after 3 records.');
    expect(await filesIn(folder)).toEqual(['in.ndjson']);
  });

  it('writes a receipt that verify compares with the result', async () => {
    await run('export in.ndjson --type t -o out.zip --receipt receipt.json');
    const receipt = JSON.parse(await readFile(path('receipt.json'), 'utf8'));
    expect(receipt).toMatchObject({ read: 3, written: 2, filtered: 1, rejected: 0, stoppedBy: 'end' });
    expect((await run('verify out.zip --receipt receipt.json')).code).toBe(0);
    await writeFile(path('receipt.json'), JSON.stringify({ ...receipt, written: 3 }));
    const wrong = await run('verify out.zip --receipt receipt.json');
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringContaining('records 2, not 3') });
  });

  it('rejects faulty lines, with a separate exit code', async () => {
    await writeFile(path('in.ndjson'), `${LINES[0]}\n{"id":}\n`);
    const { code, stdout } = await run('export in.ndjson --on-error skip --rejects bad.ndjson --json');
    expect({ code, stdout }).toEqual({ code: 7, stdout: `${LINES[0]}\n` });
    const reject = JSON.parse(await readFile(path('bad.ndjson'), 'utf8'));
    expect(reject).toMatchObject({ recordIndex: 1, byteOffset: 30, line: 2, code: 'INVALID_JSON', raw: '{"id":}' });
  });

  it('examines only the boundaries of trusted entities', async () => {
    await writeFile(path('in.ndjson'), '{"id":"a","x":tru}\n');
    expect((await run('export in.ndjson --trust --quiet')).stdout).toBe('{"id":"a","x":tru}\n');
    expect((await run('export in.ndjson --quiet')).code).toBe(4);
  });

  it('reads entities at a path, or in a given form', async () => {
    await writeFile(path('in.json'), '{"a":{"b":[{"id":1}]}}');
    expect((await run('export in.json --path a.b --quiet')).stdout).toBe('{"id":1}\n');
    expect((await run('export in.json --input document')).stderr).toContain('its entities at a.b');
    await writeFile(path('none.json'), '{"a":{"b":1}}');
    expect((await run('export none.json --input document --quiet')).stderr).toContain('NO_ENTITIES');
    expect((await run('export in.json --input lines --format array --quiet')).stdout).toContain('[{"a":');
  });

  it('prints messages as JSON lines on request', async () => {
    const done = await run('export in.ndjson -o out.json --json');
    const said = done.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(said.at(-1)).toMatchObject({ level: 30, receipt: { written: 3 } });
    const failed = await run('export missing.ndjson --json');
    expect(JSON.parse(failed.stderr)).toMatchObject({ level: 50, error: { code: 'NOT_FOUND', stage: 'read' } });
  });

  it('ends an export silently when its reader has seen enough', async () => {
    const line =
      'sluice generate --entities 3000 --quiet | { sluice export - --type product; echo "code $?" >&2; } | head -1';
    const { stdout, stderr } = await shell(line, { cwd: folder });
    expect(JSON.parse(stdout.toString())).toMatchObject({ type: 'product' });
    expect(stderr).toBe('code 0\n');
  });

  it('leaves no file when it is interrupted', async () => {
    const child = startSluice(['export', '-', '-o', 'out.zip', '--receipt', 'r.json'], { cwd: folder });
    child.stdin.on('error', () => {});
    child.stdin.write(TEXT);
    // The temporary file is there once the export has begun.
    await until(async () => (await filesIn(folder)).length >= 3);
    child.kill('SIGINT');
    const { code, stderr } = await ended(child);
    expect(code).toBe(130);
    expect(stderr).toContain('ABORTED');
    expect(await filesIn(folder)).toEqual(['in.ndjson']);
  });

  it('exports exactly the first stores of real data, byte for byte', async () => {
    if (!existsSync(STORES)) {
      console.info('the real data is not there; nothing was compared');
      return;
    }
    await copyFile(STORES, path('stores.json'));
    await run('export stores.json --type BigBox --max-records 10 --format array -o ten.json');
    const source = await readFile(STORES, 'latin1');
    // The regular expression suffices because no string in the data contains a brace.
    const stores = source.slice(1, source.lastIndexOf(']')).split(/(?<=\}),(?=\{"id":)/);
    const first = stores.filter((store) => store.includes('"type":"BigBox"')).slice(0, 10);
    expect(await readFile(path('ten.json'), 'latin1')).toBe(`[${first.join(',')}]`);
  });
});

describe('unwrap and verify', () => {
  it('return what was packed into an envelope', async () => {
    await run('export in.ndjson --pack envelope -o answer.json');
    expect((await run('verify answer.json')).stdout).toContain('ok: envelope, 3 records');
    expect((await run('unwrap answer.json -o answer.zip')).code).toBe(0);
    expect((await run('verify answer.zip')).stdout).toContain('ok: zip, 3 records');
  });

  it('write no file for an export that failed', async () => {
    await writeFile(path('in.ndjson'), `${TEXT}{"id":`);
    const line = 'sluice export in.ndjson --pack envelope --quiet > answer.json; echo "code $?"';
    expect((await shell(line, { cwd: folder })).stdout.toString()).toBe('code 4\n');
    expect(JSON.parse(await readFile(path('answer.json'), 'utf8')).response).toMatchObject({
      status: 'error',
      statusDetail: { code: 'TRUNCATED' },
    });
    expect(await run('unwrap answer.json -o out.zip')).toMatchObject({ code: 4 });
    expect(await run('verify answer.json')).toMatchObject({ code: 4 });
    expect(await filesIn(folder)).toEqual(['answer.json', 'in.ndjson']);
  });
});

describe('inspect', () => {
  it('counts records by type, up to the first fault', async () => {
    await writeFile(path('in.ndjson'), `${TEXT}{"id":}\n`);
    const { code, stdout, stderr } = await run('inspect in.ndjson');
    expect(code).toBe(4);
    expect(stdout).toMatch(/^3 records in .*\ntype +records .*\nt +2 .*\nu +1 /);
    expect(stderr).toContain('record 3');
    expect(JSON.parse((await run('inspect in.ndjson --json')).stdout)).toMatchObject({
      records: 3,
      types: [{ type: 't', records: 2, smallest: 29, largest: 32 }, { type: 'u' }],
      fault: { code: 'INVALID_JSON', recordIndex: 3 },
    });
  });
});

describe('generate', () => {
  it('generates the fixture that the tests and the README use', async () => {
    await run('generate --entities 120 --entity-bytes 2000 -o catalog.ndjson');
    const fixture = await readFile(join(ROOT, 'test/fixtures/catalog.ndjson'));
    expect((await readFile(path('catalog.ndjson'))).equals(fixture)).toBe(true);
  });

  it('stops at a size, in any form, and reports its contents', async () => {
    const { stderr } = await run('generate --size 1MB --form document --seed 7 -o big.json --json');
    const { facts } = JSON.parse(stderr);
    expect((await run('inspect big.json --json')).stdout).toContain(`"records":${facts.entities}`);
  });
});

describe('the program', () => {
  it.each([
    ['--version', 0, /^\d+\.\d+\.\d+\n$/],
    ['--help', 0, /export .*\n(.*\n)* +unwrap /],
    ['export --help', 0, /--max-records/],
  ])('%s prints to standard output', async (line, code, stdout) => {
    expect(await run(line)).toMatchObject({ code, stdout: expect.stringMatching(stdout) });
  });

  it.each([
    ['export in.ndjson --tipe t', 2],
    ['export in.ndjson --format xml', 2],
    ['export in.ndjson --max-records ten', 2],
    ['export in.ndjson --profile nightly', 2],
    ['export in.ndjson - ', 2],
    ['generate --size huge', 2],
    ['nothing', 2],
    ['export missing.ndjson', 5],
    ['export in.ndjson -o missing/out.json', 5],
    ['verify in.ndjson --receipt missing.json', 5],
    ['unwrap in.ndjson -o out.zip', 4],
  ])('%s ends with a message and its code', async (line, code) => {
    const ended = await run(line.trim());
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).not.toBe('');
    expect(await filesIn(folder)).toEqual(['in.ndjson']);
  });
});
