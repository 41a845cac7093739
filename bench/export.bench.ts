/** A whole export against what a user would pick instead: select products, wrap them, count what comes out. */
import { readFile } from 'node:fs/promises';
import type { InputForm } from '../src/terms/plan.js';
import { envelopeOutcome } from './envelope-sink.js';
import { composed, fused, oneCall } from './forms.js';
import { type CatalogFile, SEED, withFolder, writeCatalog } from './input.js';
import {
  parseWhole,
  readlineParse,
  splitParse,
  splitParseSlice,
  streamChainLines,
  streamJsonByHand,
  streamJsonDocument,
  streamJsonDocumentTuned,
  streamJsonLines,
  streamJsonLinesTuned,
  WANTED,
} from './peers.js';
import { type Contender, median, type Outcome, race, ratio, type Timing } from './race.js';
import { keep, rounded, setting, table } from './report.js';

/** Size of the input in megabytes; slow peers get a tenth. */
const MEGABYTES = setting('BENCH_MB', 100);
const ROUNDS = setting('BENCH_ROUNDS', 7);

/** The row that the others are compared with. */
const OURS = 'sluice fused, checked';

/** One input, and the outcomes that are right for it. */
interface Input {
  readonly file: CatalogFile;
  /** Of those who pass on the bytes they read. */
  readonly verbatim: Outcome;
  /** Of those who parse and stringify: `1.0` becomes `1`, digits beyond a double are lost, escapes are undone. */
  readonly restringified: Outcome;
}

type Work = (path: string) => Promise<Outcome>;

await withFolder(async (folder) => {
  await compare(folder, 'lines', {
    verbatim: { 'split on newline + JSON.parse, slices passed on': splitParseSlice },
    restringified: {
      'split on newline + JSON.parse + stringify': splitParse,
      'readline + JSON.parse + stringify': readlineParse,
      'stream-chain jsonl + stringify': streamChainLines,
    },
    slow: { 'stream-json as documented': streamJsonLines, 'stream-json tuned': streamJsonLinesTuned },
  });
  await compare(folder, 'document', {
    verbatim: {},
    restringified: { 'JSON.parse of the whole file + stringify': parseWhole },
    slow: {
      'stream-json as documented': streamJsonDocument,
      'stream-json tuned': streamJsonDocumentTuned,
      'stream-json tokenizer driven by hand': streamJsonByHand,
    },
  });
});

/** Times all who read the form, and prints their table. */
async function compare(
  folder: string,
  form: InputForm,
  peers: Readonly<Record<'verbatim' | 'restringified' | 'slow', Readonly<Record<string, Work>>>>,
): Promise<void> {
  process.stderr.write(`${form}: `);
  const large = await makeInput(folder, form, MEGABYTES);
  const small = await makeInput(folder, form, Math.max(1, MEGABYTES / 10));
  const contenders = [
    contender(OURS, large, 'verbatim', (path) => fused(path, { trust: false })),
    contender('sluice fused, trusted', large, 'verbatim', (path) => fused(path, { trust: true })),
    contender('sluice composed of streams, checked', large, 'verbatim', (path) => composed(path, { trust: false })),
    contender('sluice composed of streams, trusted', large, 'verbatim', (path) => composed(path, { trust: true })),
    ...Object.entries(peers.verbatim).map(([name, work]) => contender(name, large, 'verbatim', work)),
    ...Object.entries(peers.restringified).map(([name, work]) => contender(name, large, 'restringified', work)),
    ...Object.entries(peers.slow).map(([name, work]) => contender(name, small, 'restringified', work)),
    await oneCallContender(large),
  ];
  const timings = await race(contenders, ROUNDS);
  print(form, large, timings);
  await keep(`export ${form}`, { megabytes: MEGABYTES, rounds: ROUNDS, selected: large.verbatim, timings });
}

async function makeInput(folder: string, form: InputForm, megabytes: number): Promise<Input> {
  const file = await writeCatalog(folder, { seed: SEED, form, bytes: megabytes * 1_000_000 });
  const { byType, entityBytesByType } = file.facts;
  const text = await readFile(file.path, 'utf8');
  const entities: readonly { readonly type: string }[] =
    form === 'lines'
      ? text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line))
      : JSON.parse(text).entities;
  const products = entities.filter(({ type }) => type === WANTED);
  const size = products.reduce((sum, entity) => sum + Buffer.byteLength(JSON.stringify(entity)), 0);
  return {
    file,
    verbatim: envelopeOutcome(byType.product, entityBytesByType.product),
    restringified: envelopeOutcome(products.length, size),
  };
}

function contender(name: string, input: Input, kind: 'verbatim' | 'restringified', work: Work): Contender {
  const { path, facts } = input.file;
  return { name, inputBytes: facts.bytes, expected: input[kind], work: () => work(path) };
}

/** What the one call does by default for the platform's request: the zip as well, so it is in no comparison. */
async function oneCallContender({ file }: Input): Promise<Contender> {
  const work = () => oneCall(file.path, { pack: 'envelope' });
  const { bytes } = await work();
  const expected = { entities: file.facts.byType.product, bytes };
  return { name: 'sluice exportEntities, with zip level 1', inputBytes: file.facts.bytes, expected, work };
}

function print(form: InputForm, { file, verbatim }: Input, timings: readonly Timing[]): void {
  const [ours] = timings;
  const rows = timings.map((timing) => [
    timing.name,
    Math.round(timing.inputBytes / 1e6),
    rounded(median(timing.rates)),
    `${rounded(Math.min(...timing.rates))}-${rounded(Math.max(...timing.rates))}`,
    timing === ours ? '' : `${rounded(ratio(ours, timing))} x`,
  ]);
  const { entities, byType } = file.facts;
  console.log(
    `\n${form}: ${byType.product} of ${entities} entities -> base64 envelope of ${verbatim.bytes} bytes -> null sink, ` +
      `${ROUNDS} rounds\n`,
  );
  console.log(table(['who', 'MB', 'MB/s', 'spread', `${OURS}: times as fast`], rows));
}
