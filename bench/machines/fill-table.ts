/** The table of entities that workers read: generated, as jsonb, in the order they were made. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { catalogChunks } from '../../src/generate/catalog.js';
import { SEED } from '../input.js';

/** Bytes of an entity on average, as text. */
const ENTITY_BYTES = 1400;

/** A table that is there. */
export interface FilledTable {
  readonly url: string;
  readonly name: string;
  readonly entities: number;
  /** Of all entities, as PostgreSQL writes them. */
  readonly bytes: number;
}

/** Makes the table in the database. */
export async function fillTable(url: string, entities: number): Promise<FilledTable> {
  const name = 'entities';
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE TABLE ${name} (position bigserial PRIMARY KEY, entity jsonb NOT NULL)`);
    // A quote and a delimiter that no text holds, so that lines pass as they are.
    const options = String.raw`(FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')`;
    const chunks = catalogChunks({ seed: SEED, form: 'lines', entities, entityBytes: ENTITY_BYTES });
    await pipeline(Readable.from(chunks), client.query(copyFrom(`COPY ${name} (entity) FROM STDIN ${options}`)));
    await client.query(`VACUUM ANALYZE ${name}`);
    const { rows } = await client.query(`SELECT sum(octet_length(entity::text) + 1)::float8 AS bytes FROM ${name}`);
    return { url, name, entities, bytes: Number(rows[0]?.bytes) };
  } finally {
    await client.end();
  }
}
