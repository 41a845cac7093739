/** A mapper of the caller: what it answers is written, what it throws ends the run at its record. */
import { describe, expect, it } from 'vitest';
import type { EntityMapper } from '../../../src/pipeline/select/map-entities.js';
import { bytes, createRun, encodeJson, mapEntities, readEntities, SluiceError } from '../../../src/stages.js';

async function map(lines: string, mapper: EntityMapper) {
  const run = createRun();
  const stream = readEntities(bytes([lines]), { run })
    .pipe(mapEntities(mapper))
    .pipe(encodeJson({ format: 'ndjson' }));
  let text = '';
  for await (const chunk of stream) text += chunk;
  return { text, receipt: await run.receipt };
}

async function mapStage(lines: string, mapper: EntityMapper): Promise<SluiceError> {
  const run = createRun();
  const reading = readEntities(bytes([lines]), { run });
  const mapping = reading.pipe(mapEntities(mapper));
  mapping.once('error', () => reading.destroy());
  try {
    for await (const _ of mapping);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('the mapper was not refused');
}

describe('a mapper', () => {
  it('changes entities, drops those it answers undefined for, and is told their index', async () => {
    const { text, receipt } = await map('{"id":1}\n{"id":2}\n{"id":3}\n', (entity, recordIndex) =>
      entity.id === 2 ? undefined : { ...entity, recordIndex },
    );
    expect(text).toBe('{"id":1,"recordIndex":0}\n{"id":3,"recordIndex":2}\n');
    expect(receipt).toMatchObject({ read: 3, written: 2, filtered: 1 });
  });

  it('that throws ends the run with its error, at its record', async () => {
    const cause = new Error('no');
    const error = await mapStage('{"id":1}\n{"id":2}\n', (_, recordIndex) => {
      if (recordIndex === 1) throw cause;
      return {};
    });
    expect(error).toMatchObject({ code: 'INTERNAL', recordIndex: 1, cause });
  });

  it('must answer an object', async () => {
    // Plain JavaScript can answer anything.
    for (const answer of ['null', '7', '"x"', '[{"id":1}]']) {
      const error = await mapStage('{"id":1}\n', () => JSON.parse(answer));
      expect(error).toMatchObject({ code: 'INTERNAL', recordIndex: 0 });
    }
  });
});
