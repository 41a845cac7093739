/** Inputs that are not JSON text: recognised, refused with the command that converts them, and never read as other data. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { openText } from '../../src/sources/open-text.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { hasZstd } from '../../src/zstd/node-zstd.js';
import { exported, failureOf } from './outcome.js';
import { onlyInput, textOf } from './read-all.js';

const TEXT = '{"id":"1","type":"t"}\n'.repeat(20);
const LE = Buffer.from(TEXT, 'utf16le');
const BE = Buffer.from(LE).swap16();
const TAR = Buffer.alloc(1024);
TAR.write('catalog/a.json', 0);
TAR.write('ustar', 257);
TAR.write(TEXT, 512);
const hex = (start: string) => Buffer.concat([Buffer.from(start, 'hex'), Buffer.from('anything\nat all'.repeat(40))]);

const FORMATS: readonly (readonly [string, Buffer, string, string | undefined])[] = [
  ...(hasZstd() ? [] : [['Zstandard', hex('28b52ffd'), 'zstd -dc', 'in.json'] as const]),
  ['xz', hex('fd377a585a00'), 'xz -dc', 'in.json'],
  ['bzip2', hex('425a6839'), 'bzip2 -dc', 'in.json'],
  ['LZ4', hex('04224d18'), 'lz4 -dc', 'in.json'],
  ['zlib', deflateSync(TEXT), 'pigz -dc', 'in.json'],
  ['a tar archive', TAR, 'tar -xOf', 'in.json'],
  ['Parquet', hex('50415231'), 'duckdb -c', undefined],
  ['Office', Buffer.concat([hex('504b0304').subarray(0, 30), Buffer.from('[Content_Types].xml')]), '', undefined],
  ['XML', Buffer.from('<?xml version="1.0"?>\n'), '', undefined],
];

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-formats-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('refuses other formats', () => {
  test.each(FORMATS)('%s', async (name, content, command, file) => {
    await writeFile(at('in.json'), content);
    for (const options of [{}, { onError: 'skip' }, { reader: 'stream-json' }] as const) {
      const { error, output } = await exported({ source: at('in.json'), format: 'ndjson', ...options });
      expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT', stage: 'read', source: at('in.json') });
      expect(error?.message).toContain(name);
      if (file) expect(error?.message).toContain(`: ${command} ${at(file)} | sluice export -`);
      expect(output.length).toBe(0);
    }
  });

  test.each(FORMATS)('%s inside gzip', async (name, content) => {
    await writeFile(at('in.gz'), gzipSync(content));
    const { error } = await exported({ source: at('in.gz') });
    expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
    expect(error?.message).toContain(`unpacked, is ${name === 'Zstandard' ? 'Zstandard (.zst)' : ''}`.trim());
    if (name === 'xz') expect(error?.message).toContain(`: gunzip -c ${at('in.gz')} | xz -dc | sluice export -`);
  });

  test('refuses formats in any chunks, from a stream without a name', async () => {
    for (const [name, content] of FORMATS) {
      for (const size of [1, 3, 300]) {
        const chunks = Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
          content.subarray(index * size, (index + 1) * size),
        );
        const { error } = await exported({ source: bytes(chunks, 'standard input') });
        expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
        expect(error?.message).toContain(name);
        if (name === 'xz') expect(error?.message).toMatch(/UTF-8: xz -dc \| sluice export -$/);
      }
    }
  });

  test('refuses a zip in gzip, which a pipe may have as it is', async () => {
    await writeFile(at('in.zip.gz'), gzipSync(Buffer.from('PK\x03\x04 and so on')));
    const { error } = await exported({ source: at('in.zip.gz') });
    expect(error?.message).toContain(
      `a zip archive, not JSON in UTF-8: gunzip -c ${at('in.zip.gz')} | sluice export -`,
    );
  });

  test('refuses gzip in gzip', async () => {
    await writeFile(at("it's $1.gz"), gzipSync(gzipSync(TEXT)));
    const { error } = await exported({ source: at("it's $1.gz") });
    expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
    expect(error?.message).toContain(`gzip in gzip, not JSON in UTF-8: gunzip -c '${at(`it'\\''s $1.gz`)}' | sluice`);
  });

  test('refuses Brotli by the suffix, only if nothing parses', async () => {
    await writeFile(at('in.br'), brotliCompressSync(TEXT));
    await writeFile(at('odd.BR'), Buffer.concat([Buffer.from('[\u0001\u0002'), brotliCompressSync(TEXT)]));
    for (const name of ['in.br', 'odd.BR']) {
      const { error } = await exported({ source: at(name) });
      expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
      expect(error?.message).toContain(`brotli -dc ${at(name)} | sluice export -`);
    }
    await writeFile(at('text.br'), `${TEXT}{"id":`);
    expect((await exported({ source: at('text.br'), format: 'ndjson' })).error).toMatchObject({ code: 'TRUNCATED' });
  });

  test('refuses other formats in place of an envelope', async () => {
    await writeFile(at('in.json'), FORMATS[1][1]);
    expect(await failureOf(unwrapEnvelope(at('in.json')).toFile(at('out')))).toMatchObject({
      code: 'UNSUPPORTED_INPUT',
    });
  });
});

describe('refuses text of another format, with the command that converts it', () => {
  const LIBRARY = '/type/work\t/works/OL1W\t7\t2020-12-08T23:04:43\t{"title": "a [b] {c}", "key": "/works/OL1W"}\n';
  const TABLE = `duckdb -c "copy (from read_csv('/dev/stdin')) to '/dev/stdout' (format json)" | sluice export -`;
  test.each([
    ['a table with JSON in column 5', LIBRARY, 'cut -f5 | sluice export -'],
    ['a table with JSON in column 2', 'a, "b"\t{"id":1}\n', 'cut -f2 | sluice export -'],
    ['a table (CSV)', '"Id","Name, short"\r\n"001","A"\r\n', TABLE],
    ['a table (CSV)', '\ufeffid;name\n1;a\n', TABLE],
    ['a table (CSV)', 'id\tname\n1\ta\n', TABLE],
    ['server-sent events', 'data: {"id":1}\n\ndata: {"id":2}\n\n', "sed -n 's/^data: *//p' | sluice export -"],
    ['HTML', '\n<!DOCTYPE html><html><head><title>Sign in</title>', 'not JSON in UTF-8'],
  ])('%s', async (name, content, way) => {
    for (const text of [content, gzipSync(content)]) {
      const { error } = await exported({ source: bytes([text], 'standard input') });
      expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
      expect(error?.message).toContain(name);
      expect(error?.message).toContain(way);
    }
  });

  test('a file is named', async () => {
    await writeFile(at('dump.txt.gz'), gzipSync(LIBRARY));
    const { error } = await exported({ source: at('dump.txt.gz') });
    expect(error?.message).toMatch(/: gunzip -c \S+dump\.txt\.gz \| cut -f5 \| sluice export -$/);
  });

  test.each([
    ['one odd line before JSON', 'id,name\n{"id":1}\n'],
    ['a sentence', 'hello, world\n'],
    ['a comment', '# a, b\n{"id":1}\n'],
    ['the rest of a document', ']\t"k0"\t:\t{"id":1}\n'],
    ['the rest of an array', '0\t,\t{"id":1}\n'],
    ['the rest of an array without a comma', '0\t{"id":1}\n'],
    ['blanks and the rest of a number', '\t\n\t-'],
    ['the rest of an array of numbers', '1,2\n3]'],
    ['the rest of an object', ',\n"entities":\n[]\n}'],
  ])('but reads %s', async (_, text) => {
    const { error } = await exported({ source: bytes([text]) });
    expect(error).toMatchObject({ code: 'NOT_AN_ENTITY', recordIndex: 0 });
  });
});

describe('refuses text in another encoding', () => {
  test.each([
    ['UTF-16LE', LE, 'looks like'],
    ['UTF-16BE', BE, 'looks like'],
    ['UTF-16LE', Buffer.concat([Buffer.of(0xff, 0xfe), LE]), 'text in'],
    ['UTF-16BE', Buffer.concat([Buffer.of(0xfe, 0xff), BE]), 'text in'],
    ['UTF-16LE', gzipSync(LE), 'looks like'],
  ])('%s', async (encoding, content, words) => {
    await writeFile(at('in.json'), content);
    const { error } = await exported({ source: at('in.json') });
    expect(error).toMatchObject({ code: 'INVALID_UTF8', stage: 'read', source: at('in.json') });
    expect(error?.message).toMatch(new RegExp(`${words} ${encoding}, .*iconv -f ${encoding} -t UTF-8`));
  });
});

describe('accepts text', () => {
  test.each([
    ['JSON', TEXT],
    ['JSON after a byte order mark', `\ufeff${TEXT}`],
    ['JSON after white space', `\n\r\t ${TEXT}`],
    ['a faulty line, and another line', `PA\n${TEXT}`],
    ['the first bytes of another format, later in the text', `{"id":"${' '.repeat(250)}ustar"}\n`],
    ['nothing', ''],
    ['one byte', '{'],
  ])('%s', async (_what, text) => {
    for (const size of [1, 5, 10_000]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        text.slice(index * size, (index + 1) * size),
      );
      const opened = await openText(await onlyInput(bytes(chunks)), new AbortController().signal);
      expect(await textOf(opened)).toBe(text);
      await opened.close();
    }
  });
});
