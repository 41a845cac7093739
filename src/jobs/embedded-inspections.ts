/** What is known of sources, in LMDB. */
import type { Database, RootDatabase } from 'lmdb';
import { parseText } from '../scan/decode-value.js';
import type { DurableWrites } from './durable-writes.js';
import type { InspectionStore, SourceInspection } from './inspection.js';

/** One text of JSON for each tenant. */
export class EmbeddedInspections implements InspectionStore {
  readonly #writes: DurableWrites;
  readonly #texts: Database<string, string>;

  constructor(root: RootDatabase, writes: DurableWrites) {
    this.#writes = writes;
    this.#texts = root.openDB({ name: 'inspections', encoding: 'string' });
  }

  async get(tenant: string): Promise<SourceInspection | undefined> {
    this.#writes.requireOpen();
    const text = this.#texts.get(tenant);
    const value = text === undefined ? undefined : parseText(text);
    return isInspection(value) ? value : undefined;
  }

  async put(tenant: string, inspection: SourceInspection): Promise<void> {
    await this.#writes.write(() => void this.#texts.put(tenant, JSON.stringify(inspection)));
  }
}

/** Only this file writes the texts. */
function isInspection(value: unknown): value is SourceInspection {
  return typeof value === 'object' && value !== null && 'inspectedAt' in value && 'members' in value;
}
