/** Composed streams lend memory: what another stream holds, delays, drops or tees is never overwritten. */
import { Buffer } from 'node:buffer';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { RunBatch } from '../../src/export/run-batch.js';
import {
  base64,
  bytes,
  check,
  createRun,
  encodeJson,
  filterByType,
  filterEntities,
  limit,
  project,
  readEntities,
  skip,
} from '../../src/stages.js';
import type { Batch } from '../../src/terms/batch.js';
import { runs } from '../runs.js';

const ENTITIES = 240;

/** Lines that differ from each other, in chunks that become batches of their own. */
function input(chunkLines: number): { readonly lines: readonly string[]; readonly chunks: readonly Buffer[] } {
  const lines = Array.from({ length: ENTITIES }, (_, index) => {
    const text = String.fromCharCode(97 + (index % 26)).repeat(800 + index);
    return JSON.stringify({ id: `e${index}`, type: index % 3 === 0 ? 'a' : 'b', name: text });
  });
  const chunks: Buffer[] = [];
  for (let from = 0; from < ENTITIES; from += chunkLines) {
    chunks.push(Buffer.from(`${lines.slice(from, from + chunkLines).join('\n')}\n`));
  }
  return { lines, chunks };
}

const KINDS = ['direct', 'hold', 'delay', 'drop', 'tee', 'listen', 'once', 'read'] as const;
type Kind = (typeof KINDS)[number];

/** A stream of somebody else, which holds, delays or drops what comes. */
function foreign(kind: 'hold' | 'delay' | 'drop', objectMode: boolean): Transform {
  const held: unknown[] = [];
  let count = 0;
  return new Transform({
    objectMode,
    transform(item, _encoding, callback) {
      count++;
      if (kind === 'delay') {
        setImmediate(() => callback(null, item));
      } else if (kind === 'drop') {
        callback(null, count % 2 === 0 ? undefined : item);
      } else {
        held.push(item);
        if (held.length > 3) this.push(held.shift());
        callback();
      }
    },
    flush(callback) {
      for (const item of held) this.push(item);
      callback();
    },
  });
}

/** The texts that somebody has got who keeps everything, read when all is over. */
class Keeper {
  readonly items: unknown[] = [];
  readonly listener = (item: unknown) => void this.items.push(item);

  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    const [first] = this.items;
    if (first instanceof Uint8Array)
      return Buffer.concat(this.items.map((item) => Buffer.from(String(item)))).toString();
    if (this.items.length === 0) return '';
    await pipeline(Readable.from(this.items), encodeJson({ format: 'ndjson' }), collector(chunks));
    return Buffer.concat(chunks).toString();
  }
}

function collector(chunks: Buffer[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, callback) {
      chunks.push(chunk);
      setImmediate(callback);
    },
  });
}

/** Puts something between two streams; returns the stream that the next one reads. */
function between(stream: Readable, kind: Kind, objectMode: boolean, keepers: Keeper[]): Readable {
  if (kind === 'hold' || kind === 'delay' || kind === 'drop') return stream.pipe(foreign(kind, objectMode));
  const keeper = new Keeper();
  if (kind === 'tee' || kind === 'listen' || kind === 'once' || kind === 'read') keepers.push(keeper);
  if (kind === 'tee') {
    const write = (item: unknown, _encoding: string, callback: () => void) => {
      keeper.listener(item);
      setImmediate(callback);
    };
    stream.pipe(new Writable({ objectMode, write }));
  } else if (kind === 'listen') {
    // After the next stream is there, and some items have passed.
    setImmediate(() => {
      if (!stream.readableEnded) stream.on('data', keeper.listener);
    });
  } else if (kind === 'once') {
    stream.once('data', keeper.listener);
  } else if (kind === 'read') {
    stream.once('resume', () => {
      const item: unknown = stream.read();
      if (item !== null) keeper.listener(item);
    });
  }
  return stream;
}

/** Stages that change nothing, each in its way: in other memory, in the same, later. */
const UNCHANGING: Readonly<Record<string, () => Transform>> = {
  project: () => project({ attributes: 'all' }),
  limit: () => limit(ENTITIES),
  wait: () => filterEntities(() => new Promise((resolve) => setImmediate(() => resolve(true)))),
  check: () => check(),
};

/** Whether these are some of the lines, unchanged and in order. */
function areSome(found: readonly string[], lines: readonly string[]): boolean {
  let at = 0;
  return found.every((line) => {
    at = lines.indexOf(line, at) + 1;
    return at > 0;
  });
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

test('whatever is between them, lines arrive unchanged and in order, also with those who keep them', async () => {
  const kinds = fc.array(fc.constantFrom(...KINDS), { minLength: 4, maxLength: 4 });
  const ways = fc.constantFrom(...Object.keys(UNCHANGING));
  await fc.assert(
    fc.asyncProperty(kinds, fc.integer({ min: 12, max: 60 }), ways, async (places, chunkLines, way) => {
      const { lines, chunks } = input(chunkLines);
      const wanted = lines.filter((line) => line.includes('"type":"b"'));
      const keepers: Keeper[] = [];
      const run = createRun();
      run.receipt.catch(() => {});
      const out: Buffer[] = [];
      let stream: Readable = between(readEntities(bytes(chunks), { run }), places[0], true, keepers);
      stream = between(stream.pipe(filterByType('b')), places[1], true, keepers);
      stream = between(stream.pipe(UNCHANGING[way]()), places[2], true, keepers);
      stream = between(stream.pipe(encodeJson({ format: 'ndjson' })), places[3], false, keepers);
      await pipeline(stream, base64(), collector(out));
      const text = Buffer.from(Buffer.concat(out).toString(), 'base64').toString();
      if (places.includes('drop') || places.includes('read')) expect(areSome(linesOf(text), wanted)).toBe(true);
      else expect(text).toBe(`${wanted.join('\n')}\n`);
      for (const keeper of keepers) expect(areSome(linesOf(await keeper.text()), lines)).toBe(true);
    }),
    runs(60),
  );
});

test('streams of sluice that are piped into one another use memory again', async () => {
  const { chunks } = input(20);
  const many = [...chunks, ...chunks, ...chunks, ...chunks];
  /** Large memories that are made for the batches. */
  const made = async (watch: (encoded: Transform) => void): Promise<number> => {
    const allocated = vi.spyOn(Buffer, 'allocUnsafeSlow');
    const run = createRun();
    const encoded = encodeJson({ run, format: 'ndjson' });
    watch(encoded);
    await pipeline(readEntities(bytes(many), { run }), filterByType('b'), encoded, base64(), collector([]));
    expect((await run.receipt).written).toBe(4 * 160);
    const count = allocated.mock.calls.filter(([size]) => size >= 16 * 1024).length;
    allocated.mockRestore();
    return count;
  };
  const lent = await made(() => {});
  // Whoever replaces `write` may keep batches.
  const replaced = await made((encoded) => {
    const write = encoded.write.bind(encoded);
    encoded.write = (item: unknown) => write(item);
  });
  expect(replaced - lent).toBeGreaterThan(many.length / 2);
});

test('a listener that a pipe event adds, and a function in place of write, keep batches', async () => {
  const { lines, chunks } = input(20);
  const keepers = [new Keeper(), new Keeper()];
  const filter = filterByType('b');
  filter.once('pipe', (from: Readable) => from.on('data', keepers[0].listener));
  const encoded = encodeJson({ format: 'ndjson' });
  const write = encoded.write.bind(encoded);
  encoded.write = (item: unknown) => {
    keepers[1].listener(item);
    return write(item);
  };
  await pipeline(readEntities(bytes(chunks)), filter, encoded, collector([]));
  expect(linesOf(await keepers[0].text())).toEqual(lines);
  expect(linesOf(await keepers[1].text())).toEqual(lines.filter((line) => line.includes('"type":"b"')));
});

test('what waits in front of a corked stage is not overwritten', async () => {
  const { lines, chunks } = input(20);
  const stage = skip(0);
  stage.cork();
  const turns = setInterval(() => {
    stage.uncork();
    stage.cork();
  });
  stage.once('finish', () => clearInterval(turns));
  stage.once('prefinish', () => clearInterval(turns));
  const out: Buffer[] = [];
  const all = pipeline(stage, encodeJson({ format: 'ndjson' }), collector(out));
  readEntities(bytes(chunks)).pipe(stage);
  await all;
  expect(linesOf(Buffer.concat(out).toString())).toEqual(lines);
});

test('the memory of entities that a function still waits for is not used for another export', async () => {
  const { lines, chunks } = input(20);
  const controller = new AbortController();
  const run = createRun({ signal: controller.signal });
  const batches: Batch[] = [];
  const stage = filterEntities(() => new Promise(() => {}));
  const transform = stage._transform.bind(stage);
  stage._transform = (item: RunBatch, encoding, callback) => {
    batches.push(item.batch);
    transform(item, encoding, callback);
    controller.abort();
  };
  await expect(pipeline(readEntities(bytes(chunks), { run }), stage, collector([]))).rejects.toThrow('aborted');
  await expect(run.receipt).rejects.toMatchObject({ code: 'ABORTED' });
  await pipeline(readEntities(bytes([`{"id":"${'x'.repeat(100_000)}"}`])), encodeJson(), collector([]));
  const [batch] = batches;
  expect(batch.kind === 'bytes' && batch.bytes.toString('utf8', batch.rows[0], batch.rows[1])).toBe(lines[0]);
});
