/** Each stage alone, in memory: where the time of an export goes. */
import { catalog, catalogId } from '../src/cli/catalog.js';
import { createRun } from '../src/pipeline/create-run.js';
import { bytes } from '../src/pipeline/read/bytes.js';
import { readBatches } from '../src/pipeline/read/read-batches.js';
import { checkStage } from '../src/pipeline/select/check.js';
import { filterByIdStage } from '../src/pipeline/select/filter-by-id.js';
import { filterByTypeStage } from '../src/pipeline/select/filter-by-type.js';
import { projectStage } from '../src/pipeline/select/project.js';
import { encodeJsonStage } from '../src/pipeline/serialize/encode-json.js';
import { base64Stage } from '../src/pipeline/wrap/base64.js';
import { gzipStage } from '../src/pipeline/wrap/gzip.js';
import { zipStage } from '../src/pipeline/wrap/zip.js';
import { chooseScanner } from '../src/scan/choose-scanner.js';
import { type Batch, type ByteBatch, DEFAULT_MEMBER_NAMES, entityCount, type MemberName } from '../src/terms/batch.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES, type InputForm } from '../src/terms/plan.js';
import type { Stage } from '../src/terms/stage.js';
import { SEED } from './input.js';
import { type Contender, median, type Outcome, race } from './race.js';
import { keep, rounded, setting, table } from './report.js';

/** Size of the input in megabytes; those who deflate get a quarter. */
const MEGABYTES = setting('BENCH_STAGE_MB', 40);
const ROUNDS = setting('BENCH_ROUNDS', 7);
/** As much as the reader of files asks for at a time. */
const READ_BYTES = 1024 * 1024;

const ALL_MEMBERS: readonly MemberName[] = ['id', 'type', 'name'];

/** What every scan and every batch is told beside its form. */
const RULES = {
  memberNames: DEFAULT_MEMBER_NAMES,
  maxDepth: DEFAULT_MAX_DEPTH,
  maxEntityBytes: DEFAULT_MAX_ENTITY_BYTES,
  onError: 'stop',
} as const;

const input = { seed: SEED, bytes: MEGABYTES * 1_000_000 };
const lines = catalog({ ...input, form: 'lines' });
const document = catalog({ ...input, form: 'document' });
const { facts } = lines;
const run = createRun({ id: 'bench' });
const batches = await readAll(lines.bytes);
const trusted = batches.map((batch) => ({ ...batch, checked: true }));
const pieces = slices(document.bytes, READ_BYTES);
const fewPieces = pieces.slice(0, Math.ceil(pieces.length / 4));

const contenders: readonly Contender[] = [
  scanning('scan lines for type', lines.bytes, 'lines', { trust: false, locate: ['type'] }),
  scanning('scan lines for type, trusted', lines.bytes, 'lines', { trust: true, locate: ['type'] }),
  scanning('scan lines for id, type, name', lines.bytes, 'lines', { trust: false, locate: ALL_MEMBERS }),
  scanning('scan document for type', document.bytes, 'document', { trust: false, locate: ['type'] }),
  scanning('scan document for type, trusted', document.bytes, 'document', { trust: true, locate: ['type'] }),
  selecting('check every entity', checkStage(), facts.entities, batches),
  selecting('filterByType, 1 type', filterByTypeStage(['product']), facts.byType.product),
  selecting('filterById, 1 id', filterByIdStage(ids(1)), 1),
  selecting('filterById, 100,000 ids, all missing but one', filterByIdStage(ids(100_000)), 1),
  selecting('project, 3 attributes', projectStage({ attributes: ['color', 'size', 'mdmid'] }), facts.entities),
  encoding(),
  packing('base64', base64Stage, pieces),
  packing('zip level 1', () => zipStage({ name: 'catalog.json', level: 1 }), fewPieces),
  packing('zip level 6', () => zipStage({ name: 'catalog.json', level: 6 }), fewPieces),
  packing('gzip level 1', () => gzipStage({ level: 1 }), fewPieces),
];

const timings = await race(contenders, ROUNDS);
const rows = timings.map(({ name, rates }) => {
  const rate = median(rates);
  const spread = `${rounded(Math.min(...rates))}-${rounded(Math.max(...rates))}`;
  return [name, rounded(rate), spread, Math.round((facts.bytes / facts.entities / rate) * 1000)];
});
console.log(
  `\nstages alone, in memory, entities of ${Math.round(facts.bytes / facts.entities)} bytes, ${ROUNDS} rounds\n`,
);
console.log(table(['stage', 'MB/s of its input', 'spread', 'ns an entity'], rows));
await keep('stages', { megabytes: MEGABYTES, rounds: ROUNDS, timings });

/** One id of the catalog and others that it does not hold, so that the search is never at its end. */
function ids(count: number): readonly string[] {
  return [catalogId(0), 'missing', ...Array.from({ length: count - 1 }, (_, index) => catalogId(10_000_000 + index))];
}

/** The catalog as batches that may be kept. */
async function readAll(catalog: Buffer): Promise<readonly ByteBatch[]> {
  const options = { ...RULES, locate: ALL_MEMBERS, trust: false, reader: 'scan', recycle: false } as const;
  const batches: ByteBatch[] = [];
  for await (const batch of readBatches(bytes([catalog]), options, run)) {
    if (batch.kind === 'bytes') batches.push(batch);
  }
  return batches;
}

function scanning(
  name: string,
  text: Buffer,
  form: InputForm,
  options: { readonly trust: boolean; readonly locate: readonly MemberName[] },
): Contender {
  return {
    name,
    inputBytes: text.length,
    expected: { entities: facts.entities, bytes: 0 },
    async work() {
      const path = form === 'document' ? { path: ['entities'] } : {};
      const scanner = chooseScanner({ source: 'the catalog', form, ...path, ...RULES, ...options, recycle: true });
      let entities = 0;
      for (let from = 0; from < text.length; ) {
        const length = text.copy(scanner.reserve(READ_BYTES), 0, from);
        from += length;
        scanner.accept(length);
        const { count, fault } = scanner.scan(from === text.length);
        if (fault) throw fault;
        entities += count;
      }
      scanner.close();
      return { entities, bytes: 0 };
    },
  };
}

/** A stage from batches to batches. It is used again and again, so that making it (a set of ids) is not counted. */
function selecting(
  name: string,
  stage: Stage<Batch, Batch>,
  entities: number,
  input: readonly ByteBatch[] = trusted,
): Contender {
  return {
    name,
    inputBytes: facts.bytes,
    expected: { entities, bytes: 0 },
    async work() {
      let found = 0;
      for (const batch of input) for (const answer of await stage.push(batch)) found += entityCount(answer);
      return { entities: found, bytes: 0 };
    },
  };
}

/** Lines to the document, all entities. */
function encoding(): Contender {
  return {
    name: 'encodeJson, every entity',
    inputBytes: facts.bytes,
    expected: { entities: facts.entities, bytes: document.facts.bytes },
    async work() {
      const { written } = run.ledger;
      const { bytes } = await drive(encodeJsonStage(), trusted);
      return { entities: run.ledger.written - written, bytes };
    },
  };
}

/** A stage from bytes to bytes; what it makes of them is taken for right when it is the same each time. */
function packing(name: string, make: () => Stage<Buffer, Buffer>, input: readonly Buffer[]): Contender {
  const inputBytes = input.reduce((sum, { length }) => sum + length, 0);
  let first: Outcome | undefined;
  return {
    name,
    inputBytes,
    get expected() {
      return first ?? { entities: 0, bytes: 0 };
    },
    async work() {
      const outcome = await drive(make(), input);
      first ??= outcome;
      return outcome;
    },
  };
}

async function drive<In>(stage: Stage<In, Buffer>, input: readonly In[]): Promise<Outcome> {
  let bytes = 0;
  const count = (chunks: readonly Buffer[]) => {
    for (const { length } of chunks) bytes += length;
  };
  for (const item of input) count(await stage.push(item));
  count(await stage.flush());
  await stage.close?.();
  return { entities: 0, bytes };
}

function slices(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
