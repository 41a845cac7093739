/** The stages of a plan, in the order of the data: the table of contents of an export. */
import { deltaStage } from '../delta/delta-stage.js';
import { base64Stage } from '../pack/base64.js';
import type { DeflateCheckpoint } from '../pack/deflate-blocks.js';
import type { PackStage } from '../pack/deflate-stage.js';
import { envelopeStage } from '../pack/envelope.js';
import { type MeterStage, meterStage } from '../pack/meter.js';
import { zipStage } from '../pack/zip.js';
import type { ZipFilesStage } from '../pack/zip-files.js';
import { selectionStages } from '../sections/selection-stages.js';
import { setAsideStage } from '../select/set-aside.js';
import type { ScannedSection } from '../sources/sections.js';
import type { Batch } from '../terms/batch.js';
import { holdsOneFile } from '../terms/blob-content.js';
import type { EnvelopePlan, ExportPlan, OutputPlan } from '../terms/plan.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import { append, type Chain } from './chain.js';
import type { ChainOptions, EnvelopeState } from './chain-state.js';
import { chooseEncoding, type Encoding, type WaitingStage } from './choose-encoding.js';
import { appendFiles, compressionOf, hasFiles, packLevel } from './export-files.js';

/** A chain, and the state that a checkpoint takes from it. */
export interface ExportChain {
  readonly chain: Chain<Batch, Buffer>;
  readonly found: ReadonlySet<string>;
  readonly sightings: Sightings;
  /** Absent if the output is not packed, or several documents are possible. */
  readonly pack?: PackStage;
  /** Replaces `pack` if several documents are possible. */
  readonly files?: ZipFilesStage;
  /** Whether nothing in a section that another thread has scanned ends the run. */
  readonly mayTake: (section: ScannedSection) => boolean;
  /** Knows what waits in the spool; absent where nothing does. */
  readonly waiting: Pick<WaitingStage<unknown>, 'state'>;
  /** Absent without an envelope. */
  readonly envelope?: Pick<Enveloped<unknown>, 'state'> | undefined;
  /** Counts the bytes of the output. */
  readonly meter: MeterStage;
}

/** Makes the stages of a plan. */
export function exportChain(plan: ExportPlan, options: ChainOptions): ExportChain {
  const { output, envelope } = plan;
  const { digest, schema, from } = options;
  const written = from?.written ?? 0;
  const found = new Set(from?.found);
  const sightings = from?.sightings ?? noSightings();
  const selection = selectionStages(plan, { found, sightings, related: options.related, written });
  let entities: Chain<Batch, Batch> = { stages: selection.stages };
  if (plan.read.onError === 'skip-file') entities = append(entities, setAsideStage());
  if (options.delta) entities = append(entities, deltaStage(options.delta, plan.read));

  // With a file for each value, entities wait, and not their rows.
  const rows = from?.waiting?.kind === 'table' ? from.waiting : undefined;
  const waiting = output.splitBy ? {} : { spool: options.spool, from: rows };
  const encoding = chooseEncoding(output, schema, waiting);
  const packed: PackedChain = hasFiles(plan)
    ? appendFiles(entities, encoding, plan, options)
    : appendDocument(entities, encoding, plan, options);
  const { mayTake } = selection;
  if (packed.meter) return { ...packed, meter: packed.meter, found, sightings, mayTake };
  const wrapped = envelope && appendEnvelope(packed.chain, envelope, from?.envelope);
  const bytes = wrapped?.chain ?? packed.chain;
  const meter = meterStage({
    digest,
    report: (measure, { ledger }) => ledger.setOutput(measure),
    before: from?.output,
  });
  return { ...packed, chain: append(bytes, meter), envelope: wrapped, found, sightings, meter, mayTake };
}

/** The chain up to the packing; with a meter where that measures the output. */
type PackedChain = Pick<ExportChain, 'chain' | 'pack' | 'files' | 'waiting'> & Partial<Pick<ExportChain, 'meter'>>;

/** The chain with its entities in one document, packed or not; with its meter where the document is the output. */
function appendDocument(
  entities: Chain<Batch, Batch>,
  encoding: Encoding,
  { output, envelope }: ExportPlan,
  { digest, from }: ChainOptions,
): PackedChain {
  const { fileName: name } = output;
  const waiting = encoding.one((from?.written ?? 0) > 0);
  const encoded = append(entities, waiting);
  const pack = packStage(output, from?.pack);
  const isOutput = !pack && !envelope;
  const meter = meterStage({
    digest,
    report(file, { ledger }) {
      ledger.addFile({ name, records: ledger.written, ...file });
      // Equal bytes are digested once.
      if (isOutput) ledger.setOutput(file);
    },
    before: from?.document,
  });
  const measured = append(encoded, meter);
  if (isOutput) return { chain: measured, waiting, meter };
  return pack ? { chain: append(measured, pack), waiting, pack } : { chain: measured, waiting };
}

/** A chain that ends in an envelope, and the state that a checkpoint takes from it. */
export interface Enveloped<In> {
  readonly chain: Chain<In, Buffer>;
  readonly state: EnvelopeState;
}

/**
 * The chain with the documented envelope around its bytes.
 * @param from the state of an earlier one, whose text precedes
 */
export function appendEnvelope<In>(
  bytes: Chain<In, Buffer>,
  envelope: EnvelopePlan & { readonly properties?: Readonly<Record<string, string>> },
  from?: EnvelopeState,
): Enveloped<In> {
  const base64 = base64Stage(from && Buffer.from(from.carry, 'base64'));
  const around = envelopeStage(envelope, from?.blobLength);
  return {
    chain: append(append(bytes, base64), around),
    get state() {
      return { blobLength: around.blobLength, carry: base64.carry.toString('base64') };
    },
  };
}

function packStage(output: OutputPlan, from: DeflateCheckpoint | undefined): PackStage | undefined {
  const compress = compressionOf(output);
  if (compress) return compress(from);
  const { pack, threads, deflate: deflater, fileName: name } = output;
  if (pack === 'envelope' && holdsOneFile(output)) return undefined;
  const level = packLevel(output);
  return pack === 'zip' || pack === 'envelope' ? zipStage({ name, level, deflater, threads, from }) : undefined;
}
