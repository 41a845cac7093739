/** Each stage alone, in memory: shares of the time of an export. */

import { encodeJsonStage } from '../src/encode/encode-json.js';
import { newRun } from '../src/export/create-run.js';
import { catalog, catalogId } from '../src/generate/catalog.js';
import { stepsInTurns } from '../src/loop/turn.js';
import { base64Stage } from '../src/pack/base64.js';
import { gzipStage } from '../src/pack/gzip.js';
import { zipStage } from '../src/pack/zip.js';
import { chooseScanner } from '../src/scan/choose-scanner.js';
import { checkStage } from '../src/select/check.js';
import { filterByIdStage } from '../src/select/filter-by-id.js';
import { filterByTypeStage } from '../src/select/filter-by-type.js';
import { projectStage } from '../src/select/project.js';
import { bytes } from '../src/sources/bytes.js';
import { readBatches } from '../src/sources/read-batches.js';
import { type Batch, type ByteBatch, DEFAULT_MEMBER_NAMES, entityCount, type MemberName } from '../src/terms/batch.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES, type InputForm } from '../src/terms/plan.js';
import type { Run } from '../src/terms/run.js';
import type { Stage } from '../src/terms/stage.js';
import { SEED } from './input.js';
import type { Contender, Outcome } from './race.js';
import { raceSection, type Section } from './section.js';
import { STAGE_MEGABYTES } from './settings.js';

/** Bytes that the reader of files reads at a time. */
const READ_BYTES = 1024 * 1024;

const ALL_MEMBERS: readonly MemberName[] = ['id', 'type', 'name'];

/** Options of every scan and batch, except the form. */
const RULES = {
  memberNames: DEFAULT_MEMBER_NAMES,
  maxDepth: DEFAULT_MAX_DEPTH,
  maxEntityBytes: DEFAULT_MAX_ENTITY_BYTES,
  onError: 'stop',
} as const;

/** A text to scan, with its number of entities. */
interface Text {
  readonly bytes: Buffer;
  readonly form: InputForm;
  readonly entities: number;
}

/** Entities in memory, as stages after the scanner get them. */
interface Entities {
  readonly inputBytes: number;
  readonly batches: readonly ByteBatch[];
}

/** Measures every stage; those that deflate get a quarter of the input. */
export async function benchStages(): Promise<Section> {
  const input = { seed: SEED, bytes: STAGE_MEGABYTES * 1_000_000 };
  const lines = catalog({ ...input, form: 'lines' });
  const { facts } = lines;
  const document = catalog({ seed: SEED, entities: facts.entities, form: 'document' });
  const run = newRun({ id: 'bench' });
  const checked: Entities = { inputBytes: facts.bytes, batches: await readAll(lines.bytes, run) };
  const trusted = { ...checked, batches: checked.batches.map((batch) => ({ ...batch, checked: true })) };
  const line: Text = { bytes: lines.bytes, form: 'lines', entities: facts.entities };
  const whole: Text = { bytes: document.bytes, form: 'document', entities: facts.entities };
  const pieces = slices(document.bytes, READ_BYTES);
  const fewPieces = pieces.slice(0, Math.ceil(pieces.length / 4));

  const contenders: readonly Contender[] = [
    scanning('scan lines for type', line, { trust: false, locate: ['type'] }),
    scanning('scan lines for type, trusted', line, { trust: true, locate: ['type'] }),
    scanning('scan lines for id, type, name', line, { trust: false, locate: ALL_MEMBERS }),
    scanning('scan document for type', whole, { trust: false, locate: ['type'] }),
    scanning('scan document for type, trusted', whole, { trust: true, locate: ['type'] }),
    selecting('check every entity', checkStage(), facts.entities, checked),
    selecting('filterByType, 1 type', filterByTypeStage(['product']), facts.byType.product, trusted),
    selecting('filterById, 1 id', filterByIdStage(ids(1)), 1, trusted),
    selecting('filterById, 100,000 ids, all missing but one', filterByIdStage(ids(100_000)), 1, trusted),
    selecting(
      'project, 3 attributes',
      projectStage({ attributes: ['color', 'size', 'mdmid'] }),
      facts.entities,
      trusted,
    ),
    encoding(trusted, { entities: facts.entities, bytes: document.facts.bytes }, run),
    packing('base64', base64Stage, pieces),
    packing('zip level 1', () => zipStage({ name: 'catalog.json', level: 1 }), fewPieces),
    packing('zip level 6', () => zipStage({ name: 'catalog.json', level: 6 }), fewPieces),
    packing('gzip level 1', () => gzipStage({ level: 1 }), fewPieces),
  ];
  return raceSection(contenders, [], { entities: facts.entities, bytes: facts.bytes });
}

/** One id of the catalog and absent ones, so that the search does not end early. */
function ids(count: number): readonly string[] {
  return [catalogId(0), 'missing', ...Array.from({ length: count - 1 }, (_, index) => catalogId(10_000_000 + index))];
}

/** The catalog as batches that may be kept. */
async function readAll(catalog: Buffer, run: Run): Promise<readonly ByteBatch[]> {
  const options = { ...RULES, locate: ALL_MEMBERS, trust: false, reader: 'scan', recycle: false } as const;
  const batches: ByteBatch[] = [];
  for await (const batch of readBatches(bytes([catalog]), options, run)) {
    if (batch.kind === 'bytes') batches.push(batch);
  }
  return batches;
}

function scanning(
  name: string,
  { bytes: text, form, entities }: Text,
  options: { readonly trust: boolean; readonly locate: readonly MemberName[] },
): Contender {
  return {
    name,
    inputBytes: text.length,
    expected: { entities, bytes: 0 },
    async work() {
      const path = form === 'document' ? { path: ['entities'] } : {};
      const scan = { source: 'the catalog', form, ...path, ...RULES, ...options, recycle: true };
      const scanner = await stepsInTurns(chooseScanner(scan));
      let found = 0;
      for (let from = 0; from < text.length; ) {
        const length = text.copy(scanner.reserve(READ_BYTES), 0, from);
        from += length;
        scanner.accept(length);
        for (let isPaused = true; isPaused; ) {
          const piece = scanner.scan(from === text.length);
          if (piece.fault) throw piece.fault;
          found += piece.count;
          ({ isPaused } = piece);
        }
      }
      scanner.close();
      return { entities: found, bytes: 0 };
    },
  };
}

/** A stage from batches to batches, made once: building it, such as a set of ids, is not measured. */
function selecting(
  name: string,
  stage: Stage<Batch, Batch>,
  entities: number,
  { inputBytes, batches }: Entities,
): Contender {
  const run = newRun();
  return {
    name,
    inputBytes,
    expected: { entities, bytes: 0 },
    async work() {
      let found = 0;
      for (const batch of batches) for (const out of await stage.push(batch, run)) found += entityCount(out);
      return { entities: found, bytes: 0 };
    },
  };
}

/** Encodes all entities of the lines as a document. */
function encoding({ inputBytes, batches }: Entities, expected: Outcome, run: Run): Contender {
  return {
    name: 'encodeJson, every entity',
    inputBytes,
    expected,
    async work() {
      const { written } = run.ledger;
      const { bytes } = await drive(encodeJsonStage(), batches, run);
      return { entities: run.ledger.written - written, bytes };
    },
  };
}

/** A stage from bytes to bytes; its output counts as right when it is equal in each round. */
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

async function drive<In>(stage: Stage<In, Buffer>, input: readonly In[], run = newRun()): Promise<Outcome> {
  let bytes = 0;
  const count = (chunks: readonly Buffer[]) => {
    for (const { length } of chunks) bytes += length;
  };
  for (const item of input) count(await stage.push(item, run));
  count(await stage.flush(run));
  await stage.close?.();
  return { entities: 0, bytes };
}

function slices(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
