/** Scans sections of a file, and takes what it finds through the stages that look at one entity at a time. */
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { chooseScanner } from '../scan/choose-scanner.js';
import type { Scanner } from '../scan/scanner.js';
import type { ScanPolicy } from '../sources/read-options.js';
import { byteBatch } from '../sources/scan-input.js';
import type { Batch, ByteBatch, MemberName } from '../terms/batch.js';
import { Run } from '../terms/run.js';
import { noSightings, type Seen, type Sightings } from '../terms/sightings.js';
import type { Stage } from '../terms/stage.js';
import { LineStarts } from './line-starts.js';
import type { Scanned, SectionOrder, SectionResult, SectionTask } from './messages.js';
import { readerHelp } from './reader-help.js';
import type { SectionReading } from './section-reading.js';
import { SectionText } from './section-text.js';
import { sectionStages } from './selection-stages.js';

/** Bytes per read. */
const READ_BYTES = 1024 * 1024;

/** A batch in which something is not as usual. */
class NotUsual extends Error {}

/** Scans the sections of one export, one after the other. */
export class SectionScan {
  readonly #reading: SectionReading;
  readonly #lines: LineStarts;
  readonly #text: SectionText;
  readonly #found = new Set<string>();
  readonly #sightings = noSightings();
  readonly #stages: readonly Stage<Batch, Batch>[];
  readonly #options: Omit<ScanPolicy, 'from'>;
  #scanner: Scanner | undefined;

  constructor(order: SectionOrder, reading: SectionReading) {
    const { read } = order.plan;
    this.#reading = reading;
    this.#lines = new LineStarts(reading);
    this.#text = new SectionText(order.framing);
    this.#stages = sectionStages(order.plan, { found: this.#found, sightings: this.#sightings, written: 0 });
    const onError = read.onError === 'skip' ? 'skip' : 'stop';
    this.#options = { ...read, ...readerHelp(order.plan), reader: 'scan', recycle: true, onError };
  }

  /** Scans a section; what cannot be taken as it is, whatever the reason, is returned to be scanned elsewhere. */
  async scan(task: SectionTask): Promise<SectionResult> {
    const { descriptor, from, to, isLineStart } = task;
    const start = isLineStart ? from : await this.#lines.find(descriptor, from, to);
    if (start === undefined) return { kind: 'nothing' };
    // The end of a longer line is found by the section in which it is.
    const end = await this.#lines.find(descriptor, to, to + (to - from));
    if (end === undefined) return { kind: 'returned', start };
    try {
      return await this.#scanLines(task, start, end);
    } catch {
      // The thread of the export finds the same fault, with its place.
      return { kind: 'returned', start, end };
    }
  }

  /** Frees its memory. */
  async close(): Promise<void> {
    this.#scanner?.close();
    for (const stage of this.#stages) await stage.close?.();
  }

  async #scanLines(task: SectionTask, start: number, end: number): Promise<Scanned> {
    const began = performance.now();
    let readMs = 0;
    const run = new Run({ id: '', startedAt: 0, now: () => 0 });
    const before = { counts: countsOf(this.#sightings), ids: this.#found.size };
    this.#text.begin(task.memory);
    this.#scanner ??= await stepsInTurns(chooseScanner({ ...this.#options, source: '' }));
    const scanner = this.#scanner;
    scanner.moveTo({ byteOffset: start, recordIndex: 0, line: 1, form: 'lines', path: [] });
    let [covers, lines] = [0, 0];
    let reading: number | Promise<number> | undefined;
    try {
      for (let at = start; at < end; ) {
        const waiting = performance.now();
        const length = await (reading ?? this.#read(task, scanner, at, end));
        readMs += performance.now() - waiting;
        reading = undefined;
        if (length === 0) throw new NotUsual();
        at += length;
        scanner.accept(length);
        if (this.#reading.readsAhead && at < end) reading = this.#read(task, scanner, at, end);
        for (let isPaused = true; isPaused; ) {
          if (turnIsOver()) await nextTurn();
          const piece = scanner.scan(false);
          ({ isPaused } = piece);
          if (piece.fault || !piece.next || (at === end && !isPaused && piece.next.byteOffset !== end)) {
            throw new NotUsual();
          }
          if (piece.covers > 0) {
            const batch = byteBatch(piece, '', undefined, this.#options);
            this.#text.append(await this.#select(batch, run), covers);
          }
          covers += piece.covers;
          lines = (piece.next.line ?? 1) - 1;
        }
      }
    } finally {
      // It writes into the memory of the scanner.
      await reading;
    }
    const scanMs = performance.now() - began - readMs;
    const seen = this.#seenSince(before.counts, before.ids);
    return { kind: 'scanned', start, end, ...this.#text.take(), covers, lines, seen, readMs, scanMs };
  }

  #read({ descriptor }: SectionTask, scanner: Scanner, at: number, end: number): number | Promise<number> {
    const most = Math.min(READ_BYTES, end - at);
    const room = scanner.reserve(most);
    return this.#reading.read(descriptor, room.subarray(0, most), at);
  }

  /** The batch after all stages. @throws what they throw, and for batches with faulty records */
  async #select(batch: ByteBatch, run: Run): Promise<ByteBatch> {
    let selected: Batch = batch;
    for (const stage of this.#stages) {
      const [next] = await stage.push(selected, run);
      if (!next) throw new NotUsual();
      selected = next;
    }
    if (selected.kind !== 'bytes' || selected.ending || selected.rejects.length > 0 || run.stopping) {
      throw new NotUsual();
    }
    return selected;
  }

  #seenSince({ members, criteria, written }: Counts, ids: number): Seen {
    const now = countsOf(this.#sightings);
    const less = (member: MemberName) => ({
      entities: now.members[member].entities - members[member].entities,
      absent: now.members[member].absent - members[member].absent,
      otherKind: now.members[member].otherKind - members[member].otherKind,
    });
    return {
      ids: this.#found.size === ids ? [] : [...this.#found].slice(ids),
      sightings: {
        ...this.#sightings,
        members: { id: less('id'), type: less('type'), name: less('name') },
        criteria: { entities: now.criteria.entities - criteria.entities, met: now.criteria.met - criteria.met },
        written: now.written - written,
      },
    };
  }
}

/** The part of sightings that counts. */
type Counts = Pick<Sightings, 'members' | 'criteria' | 'written'>;

function countsOf({ members: { id, type, name }, criteria, written }: Sightings): Counts {
  return { members: { id: { ...id }, type: { ...type }, name: { ...name } }, criteria: { ...criteria }, written };
}
