/** Writes an index. */
import { createHash } from 'node:crypto';
import { footerOf, headerOf, type IndexPlan, TAB } from './index-format.js';

/** Takes the bytes of an index. */
export interface IndexSink {
  /** Takes a chunk, which does not change afterwards. */
  write(bytes: Buffer): Promise<void> | void;
}

/** Characters that are written at a time. */
const WRITTEN_AT_ONCE = 128 * 1024;

/** Writes the lines of an index, which come in the order of their keys. */
export class IndexWriter {
  readonly #sink: IndexSink;
  readonly #hash = createHash('sha256');
  #text: string;
  #entries = 0;

  constructor(sink: IndexSink, plan: IndexPlan) {
    this.#sink = sink;
    this.#text = headerOf(plan);
  }

  /** Adds an entity; the caller awaits the promise, if there is one. */
  add(key: string, digest: string): Promise<void> | undefined {
    this.#text += `${key}${TAB}${digest}\n`;
    this.#entries++;
    return this.#text.length >= WRITTEN_AT_ONCE ? this.#write() : undefined;
  }

  /** Writes the rest. */
  async end(): Promise<void> {
    await this.#write();
    await this.#sink.write(Buffer.from(footerOf(this.#entries, this.#hash.digest('hex'))));
  }

  async #write(): Promise<void> {
    // A character for each byte.
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    this.#hash.update(bytes);
    await this.#sink.write(bytes);
  }
}
