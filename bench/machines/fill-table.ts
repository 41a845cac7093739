/** The table of generated entities that workers read, as jsonb in order of generation. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { catalogChunks } from '../../src/generate/catalog.js';
import { SEED } from '../input.js';

/** Average bytes of an entity as text. */
const ENTITY_BYTES = 1400;

/** A filled table. */
export interface FilledTable {
  readonly url: string;
  readonly name: string;
  readonly entities: number;
  /** Total bytes of the entities, as PostgreSQL writes them. */
  readonly bytes: number;
}

/** Creates and fills the table. */
export async function fillTable(url: string, entities: number): Promise<FilledTable> {
  const name = 'entities';
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE TABLE ${name} (position bigserial PRIMARY KEY, entity jsonb NOT NULL)`);
    // The text contains neither quote nor delimiter, so lines pass unchanged.
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
