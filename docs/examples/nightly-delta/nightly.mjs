/** A nightly export for cron: everything at first, then what was modified since the run before. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportEntities, SluiceError } from 'sluice';

const source = process.env.CATALOG ?? 'catalog.ndjson';
const folder = process.env.OUT ?? 'nightly';
/** Covers clock differences, and records that were written while the last run read. */
const OVERLAP_MS = 5 * 60_000;

const statePath = join(folder, 'last-receipt.json');

/** The receipt of the last run that succeeded, if any. */
async function lastReceipt() {
  try {
    return JSON.parse(await readFile(statePath, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Keeps what was modified since the start of a run, or everything. */
function criteriaSince(receipt) {
  if (!receipt) return undefined;
  const from = new Date(Date.parse(receipt.startedAt) - OVERLAP_MS).toISOString();
  return { properties: [{ modifiedDate: { gte: from, type: '_DATETIME' } }] };
}

try {
  await mkdir(folder, { recursive: true });
  const last = await lastReceipt();
  const name = `${last ? 'delta' : 'full'}-${new Date().toISOString().replaceAll(':', '-')}.zip`;
  const request = { types: ['product'], criteria: criteriaSince(last) };
  const receipt = await exportEntities({ source, request }).toFile(join(folder, name));
  // The state changes last and atomically: the next run repeats what a failed run missed.
  await writeFile(`${statePath}.new`, JSON.stringify(receipt));
  await rename(`${statePath}.new`, statePath);
  console.log(`${name}: ${receipt.written} records`);
} catch (error) {
  console.error(error instanceof SluiceError ? `${error.code}: ${error.message}` : error);
  process.exitCode = 1;
}
