/** What is known of sources, in PostgreSQL. */
import type { InspectionStore, SourceInspection } from '../inspection.js';
import type { Database } from './database.js';
import { getInspection, putInspection } from './statements/inspections.js';

/** One row for each tenant. */
export class PostgresInspections implements InspectionStore {
  readonly #database: Database;
  readonly #schema: string;

  /** @param schema an escaped identifier */
  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#schema = schema;
  }

  async get(tenant: string): Promise<SourceInspection | undefined> {
    const text = getInspection(this.#schema);
    const [row] = await this.#database.run<{ readonly inspection: SourceInspection }>(text, [tenant]);
    return row?.inspection;
  }

  async put(tenant: string, inspection: SourceInspection): Promise<void> {
    await this.#database.run(putInspection(this.#schema), [tenant, JSON.stringify(inspection)]);
  }
}
