/** For tests: threads that are none, but a channel to the same program in this one, and inputs that are read in small pieces. */
import { closeSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { newRun } from '../../src/export/create-run.js';
import { type DriveOptions, driveExport } from '../../src/export/drive-export.js';
import { decodeCheckpoint, type ExportCheckpoint, encodeCheckpoint } from '../../src/export/export-checkpoint.js';
import { bytesOf } from '../../src/export/fuse.js';
import { planExport } from '../../src/export/plan-export.js';
import { fingerprintOf } from '../../src/export/plan-fingerprint.js';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { resumeChain } from '../../src/export/resume-chain.js';
import type { SectionAnswer } from '../../src/sections/messages.js';
import type { SectionSizes } from '../../src/sections/section-threads.js';
import { serveSections } from '../../src/sections/serve-sections.js';
import type { StartThread } from '../../src/sections/start-thread.js';
import type { ByteInput, Source } from '../../src/sources/source.js';
import { PartitionedSpool } from '../../src/temporary-files/partitioned-spool.js';
import { SluiceError, toSluiceError } from '../../src/terms/errors.js';
import type { Receipt, Reject } from '../../src/terms/receipt.js';

/** What threads were asked for. */
export interface Asked {
  started: number;
  ended: number;
  results: Record<string, number>;
}

export function nothingAsked(): Asked {
  return { started: 0, ended: 0, results: {} };
}

/** Starts threads that count what they do. @param delay turns of the event loop before an answer */
export function ownThreads(asked: Asked, delay: () => number = () => 0): StartThread {
  return (order, { answered }) => {
    const { port1, port2 } = new MessageChannel();
    serveSections(port2);
    asked.started++;
    port1.on('message', async (answer: SectionAnswer) => {
      for (let turns = delay(); turns > 0; turns--) await new Promise(setImmediate);
      if (answer.kind === 'result') asked.results[answer.result.kind] = (asked.results[answer.result.kind] ?? 0) + 1;
      answered(answer);
    });
    port1.postMessage({ kind: 'order', ...order });
    return {
      call: (task) => port1.postMessage(task, [task.memory]),
      await: () => {},
      async end() {
        port1.postMessage({ kind: 'end' });
        await new Promise(setImmediate);
        port1.close();
        asked.ended++;
      },
    };
  };
}

/** Threads of which one is lost in place of the answer with this number. */
export function losing(start: StartThread, answers: number): StartThread {
  let left = answers;
  return (order, { answered, lost }) =>
    start(order, {
      answered: (answer) => {
        if (left-- > 0) answered(answer);
        else lost();
      },
      lost,
    });
}

/** Threads of which one finds another beginning of a section. */
export function changing(start: StartThread, number: number): StartThread {
  return (order, { answered, lost }) =>
    start(order, {
      answered: (answer) => {
        const isChanged = answer.kind === 'result' && answer.number === number && answer.result.kind === 'scanned';
        answered(isChanged ? { ...answer, result: { ...answer.result, start: answer.result.start + 3 } } : answer);
      },
      lost,
    });
}

/** Attempts at one export, each by so many threads and left at its second checkpoint; the last one reaches the end. */
export async function resumedAttempts(
  path: string,
  threads: readonly number[],
  sizes: SectionSizes,
): Promise<{ readonly output: string; readonly receipt: Receipt }> {
  let kept: readonly Buffer[] = [];
  let checkpoint: ExportCheckpoint | undefined;
  for (const [attempt, count] of threads.entries()) {
    const source = slowFiles([path], 90);
    const plan = planExport({ id: 'run', now: 0, input: 'lines', format: 'ndjson', threads: count });
    const run = newRun({ id: plan.id });
    run.beginReading();
    const leave = run.join();
    const fingerprint = fingerprintOf(plan, source);
    const from = checkpoint && {
      position: checkpoint.source,
      state: await resumeChain({ checkpoint, output: Readable.from([...kept]) }, plan, fingerprint()),
    };
    if (checkpoint) run.ledger.resume(checkpoint.counts, checkpoint.notes, checkpoint.setAside);
    const sections = { start: ownThreads(nothingAsked()), sizes };
    const output = [...kept];
    let left = attempt === threads.length - 1 ? Number.POSITIVE_INFINITY : 2;
    const slices = { endsSlice: () => true, fingerprint, spool: new PartitionedSpool() };
    for await (const event of driveExport(source, plan, { digest: true, from, sections, slices }, run)) {
      if (event.kind === 'bytes') {
        output.push(Buffer.from(event.bytes));
        continue;
      }
      checkpoint = decodeCheckpoint(encodeCheckpoint(event.checkpoint));
      kept = [...output];
      if (--left === 0) break;
    }
    leave();
    if (left > 2) return { output: Buffer.concat(output).toString('base64'), receipt: await run.receipt };
  }
  throw new Error('no attempt');
}

/** A source of files, each read in pieces of this many bytes; every read takes a turn of the event loop. */
export function slowFiles(paths: readonly string[], pieceBytes: number): Source {
  return {
    async *inputs() {
      for (const path of paths) yield slowFile(path, pieceBytes);
    },
    describe: () => paths,
  };
}

function slowFile(path: string, pieceBytes: number): ByteInput {
  const descriptor = openSync(path, 'r');
  const size = readSync(descriptor, Buffer.alloc(1 << 20), 0, 1 << 20, 0);
  let at = 0;
  return {
    kind: 'bytes',
    name: 'in.ndjson',
    readsAhead: true,
    resumable: {
      identity: path,
      async seek(byteOffset) {
        at = byteOffset;
        return [];
      },
    },
    open: {
      descriptor,
      size,
      moveTo(byteOffset) {
        at = byteOffset;
      },
    },
    async read(into) {
      await new Promise(setImmediate);
      const length = readSync(descriptor, into, 0, Math.min(into.length, pieceBytes), at);
      at += length;
      return length;
    },
    async close() {
      closeSync(descriptor);
    },
  };
}

/** What a user sees of an export. */
export interface Outcome {
  readonly output: string;
  readonly receipt?: Omit<Receipt, 'startedAt' | 'durationMs' | 'busyMs' | 'bottleneck'>;
  readonly error?: unknown;
  readonly rejects: readonly unknown[];
}

/** Runs an export to its end, or its failure. */
export async function outcomeOf(
  source: Source,
  options: PlanOptions,
  sections?: DriveOptions['sections'],
  signal?: AbortSignal,
  delta?: DriveOptions['delta'],
): Promise<Outcome> {
  const rejects: unknown[] = [];
  const plan = planExport({ id: 'run', now: 0, ...options });
  const onReject = ({ raw, error, ...place }: Reject) =>
    void rejects.push({ ...place, raw: Buffer.from(raw).toString('latin1'), error: error.toJSON() });
  const run = newRun({ id: plan.id, onReject, signal });
  run.beginReading();
  const leave = run.join();
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of bytesOf(driveExport(source, plan, { digest: true, sections, delta }, run))) {
      chunks.push(Buffer.from(chunk));
    }
  } catch (cause) {
    run.fail(toSluiceError(cause, 'INTERNAL', 'run'));
  }
  leave();
  const output = Buffer.concat(chunks).toString('base64');
  // The output of a failed export may end in an envelope that says why.
  const result = await run.receipt.catch((cause: unknown) => toSluiceError(cause, 'INTERNAL', 'run'));
  if (result instanceof SluiceError) return { output, error: result.toJSON(), rejects };
  const { startedAt: _, durationMs: __, busyMs: ___, bottleneck: ____, ...receipt } = result;
  return { output, receipt, rejects };
}
