/** Files of results: one per day and Node version, with the numbers of every round. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { peerVersions } from '../peers/versions.js';
import type { Section } from '../section.js';
import type { SectionName } from '../sections.js';
import { OUT, SETTINGS } from '../settings.js';

/** One run of the benches. */
export interface Results {
  /** The day, as `2026-11-24`. */
  readonly date: string;
  readonly node: string;
  readonly machine: Machine;
  /** Versions of the peers, by name. */
  readonly peers: Readonly<Record<string, string>>;
  /** Sections that ran again later may have other settings. */
  readonly sections: Readonly<Partial<Record<SectionName, SectionResults>>>;
}

/** A section with its settings. */
export interface SectionResults extends Section {
  readonly settings: typeof SETTINGS;
  /** The day, where results of several days are merged. */
  readonly date?: string;
}

interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly platform: string;
}

const FOLDER = join(OUT, 'results');

/** The file of this Node version and day. */
function todaysFile(): string {
  return join(FOLDER, `${today()}-node${process.versions.node.split('.')[0]}.json`);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Writes the results; sections that did not run keep their numbers of the day. */
export async function writeResults(measured: Readonly<Partial<Record<SectionName, Section>>>): Promise<string> {
  const path = todaysFile();
  const known = await readResultsFile(path);
  const sections: Partial<Record<SectionName, SectionResults>> = { ...known?.sections };
  for (const [name, section] of Object.entries(measured)) {
    Object.assign(sections, { [name]: { settings: SETTINGS, ...section } });
  }
  const results: Results = {
    date: today(),
    node: process.version,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGigabytes: Math.round(totalmem() / 1e9),
      platform: platform(),
    },
    peers: await peerVersions(),
    sections,
  };
  await mkdir(FOLDER, { recursive: true });
  await writeFile(path, `${compact(JSON.stringify(results, null, 1))}\n`);
  return path;
}

/** JSON with each list of numbers on one line. */
function compact(json: string): string {
  return json.replace(/\[\s+([-\d.,\s]+?)\s+\]/g, (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`);
}

/** The newest results of each Node version, by its major number. */
export async function newestResults(): Promise<ReadonlyMap<number, Results>> {
  const names = (await readdir(FOLDER).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  const newest = new Map<number, Results>();
  for (const name of names) {
    const results = await readResultsFile(join(FOLDER, name));
    if (!results) continue;
    const version = Number(results.node.slice(1).split('.')[0]);
    // Names begin with the date, so sections of later days replace earlier ones.
    const before = newest.get(version);
    newest.set(version, before ? together(before, results) : results);
  }
  return new Map([...newest].sort(([a], [b]) => a - b));
}

/** Merges the sections, each with its day; the later one wins. */
function together(earlier: Results, later: Results): Results {
  const dated = ({ date, sections }: Results): Results['sections'] =>
    Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, { date, ...section }]));
  const sections = { ...dated(earlier), ...dated(later) };
  const dates = [...new Set(Object.values(sections).map(({ date }) => date))].sort();
  const peers = { ...earlier.peers, ...later.peers };
  return { ...later, date: dates.join(' and '), peers, sections };
}

/** Reads a file; one that is missing, or of an older form, is empty. */
async function readResultsFile(path: string): Promise<Results | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const results: Partial<Results> & Omit<Results, 'sections'> = JSON.parse(text);
  const { sections } = results;
  return sections ? { ...results, sections } : undefined;
}
