/** Flat entities to a workbook of Excel: sluice, and the streaming writer of npm that is maintained. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeXlsxStream } from 'hucre/xlsx';
import { exportEntities } from '../src/export/run-export.js';
import { flatLines } from './flat-lines.js';
import type { Inputs } from './input.js';
import { WORKBOOKS } from './names.js';
import { forWholeLines } from './peers/whole-lines.js';
import { type Contender, type Outcome, proven } from './race.js';
import { raceSection, type Section } from './section.js';

/** About a hundred thousand entities. */
const BYTES = 36_000_000;

/** Measures all rows; the workbooks go to a null sink. */
export async function benchWorkbooks({ folder }: Inputs): Promise<Section> {
  const path = join(folder, 'flat-for-workbooks.ndjson');
  const facts = { entities: 0, bytes: 0 };
  await pipeline(flatLines(BYTES, facts), createWriteStream(path));
  const contender = (name: string, work: () => Promise<Outcome>): Promise<Contender> =>
    proven({ name, inputBytes: facts.bytes, work }, ({ entities }) => {
      if (entities !== facts.entities) throw new Error(`${name}: ${entities} rows, not ${facts.entities}`);
    });
  return raceSection([
    await contender(WORKBOOKS.checked, () => exported(path)),
    await contender(WORKBOOKS.hucre, () => byHucre(path)),
  ]);
}

async function exported(source: string): Promise<Outcome> {
  const stream = exportEntities({ source, format: 'xlsx', dsv: { layout: 'fields' } });
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return { entities: (await stream.receipt).written, bytes };
}

/** The columns are those of the first entity, which the writer must know before the first row. */
async function byHucre(path: string): Promise<Outcome> {
  const entities: Record<string, unknown>[] = [];
  await forWholeLines(path, (lines) => {
    for (const line of lines.toString('utf8').split('\n')) if (line !== '') entities.push(JSON.parse(line));
  });
  const names = Object.keys(entities[0]);
  const rows = function* () {
    for (const entity of entities) yield names.map((name) => cellOf(entity[name]));
  };
  let bytes = 0;
  const columns = names.map((header) => ({ header }));
  for await (const chunk of writeXlsxStream(rows(), { name: 'Data', columns, freezePane: { rows: 1 } })) {
    bytes += chunk.length;
  }
  return { entities: entities.length, bytes };
}

function cellOf(value: unknown): string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
