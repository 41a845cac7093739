/** What a section of the benches hands over, and the small steps that all of them share. */
import type { InputFile } from './input.js';
import { envelopeOutcome } from './peers/envelope-sink.js';
import { type Contender, type Outcome, race, type Timing } from './race.js';

/** The numbers of one section. */
export interface Section {
  readonly rows: readonly Timing[];
  /** Contenders that could not be there, and why. */
  readonly skipped: readonly string[];
  /** What was counted beside the times. */
  readonly facts: Readonly<Record<string, number>>;
  readonly memory?: readonly MemoryUse[];
}

/** What one export was and took in memory. */
export interface MemoryUse {
  readonly name: string;
  readonly megabytes: number;
  readonly entities: number;
  /** Highest resident set, in MiB. */
  readonly highest: number;
  readonly seconds: number;
}

/** Races the contenders; those that cannot be there are said with their reason. */
export async function raceSection(
  contenders: readonly Contender[],
  skipped: readonly string[] = [],
  facts: Readonly<Record<string, number>> = {},
): Promise<Section> {
  return { rows: await race(contenders), skipped, facts };
}

/** A contender that wraps the selection, as the bytes it read. */
export function wrapping(name: string, file: InputFile, work: (path: string) => Promise<Outcome>): Contender {
  return { name, inputBytes: file.bytes, expected: envelopeOutcome(file.wanted), work: () => work(file.path) };
}

/** A contender that wraps the selection, parsed and stringified. */
export function restringifying(name: string, file: InputFile, work: (path: string) => Promise<Outcome>): Contender {
  return { ...wrapping(name, file, work), expected: envelopeOutcome(file.restringified) };
}
