/** The result of a section of the benches, and steps that sections share. */
import type { InputFile } from './input.js';
import { envelopeOutcome } from './peers/envelope-sink.js';
import { type Contender, type Outcome, race, type Timing } from './race.js';

/** The numbers of one section. */
export interface Section {
  readonly rows: readonly Timing[];
  /** Contenders that were skipped, with reasons. */
  readonly skipped: readonly string[];
  /** Counts in addition to times. */
  readonly facts: Readonly<Record<string, number>>;
  readonly memory?: readonly MemoryUse[];
  readonly delays?: readonly LoopDelay[];
}

/** Milliseconds by which timers are late during one kind of work. */
export interface LoopDelay {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** An export and its memory. */
export interface MemoryUse {
  readonly name: string;
  readonly megabytes: number;
  readonly entities: number;
  /** Peak resident set, in MiB. */
  readonly highest: number;
  readonly seconds: number;
}

/** Times the contenders; reports skipped ones with reasons. */
export async function raceSection(
  contenders: readonly Contender[],
  skipped: readonly string[] = [],
  facts: Readonly<Record<string, number>> = {},
): Promise<Section> {
  return { rows: await race(contenders), skipped, facts };
}

/** A contender that wraps the selected bytes unchanged. */
export function wrapping(name: string, file: InputFile, work: (path: string) => Promise<Outcome>): Contender {
  return { name, inputBytes: file.bytes, expected: envelopeOutcome(file.wanted), work: () => work(file.path) };
}

/** A contender that parses and stringifies the selection before it wraps it. */
export function restringifying(name: string, file: InputFile, work: (path: string) => Promise<Outcome>): Contender {
  return { ...wrapping(name, file, work), expected: envelopeOutcome(file.restringified) };
}
