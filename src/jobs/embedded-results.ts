/** Small results of the embedded engine: written, and deleted, in the transaction that changes their row. */
import type { Database, RootDatabase } from 'lmdb';
import { isSwept, type Part } from '../results/blob-store.js';
import type { DurableWrites } from './durable-writes.js';
import type { JobRow } from './engine.js';

/** Results that are kept in memory after they were written: who waits for a job reads its result at once. */
const MOST_RECENT = 64;

/** Blobs of jobs by their names, in LMDB. */
export class EmbeddedResults {
  readonly #writes: DurableWrites;
  /** By the id of the job and the name, with a space between them. */
  readonly #blobs: Database<Buffer, string>;
  /** Blobs that no row refers to yet. */
  readonly #staged = new Map<string, Buffer>();
  /** The oldest first. */
  readonly #recent = new Map<string, Buffer>();

  constructor(root: RootDatabase, writes: DurableWrites) {
    this.#writes = writes;
    this.#blobs = root.openDB({ name: 'results', encoding: 'binary' });
  }

  /** Keeps a blob until a row refers to it, with which it is written. */
  stage(job: string, name: string, chunks: readonly Buffer[]): void {
    // In memory of its own: a slice would hold the memory that it shares with others.
    const bytes = Buffer.allocUnsafeSlow(chunks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of chunks) at += chunk.copy(bytes, at);
    this.#staged.set(keyOf(job, name), bytes);
  }

  unstage(job: string, name: string): void {
    this.#staged.delete(keyOf(job, name));
  }

  /** Writes what a row now refers to, and deletes what it does not any more; within the transaction that changes it. */
  follow(before: JobRow | undefined, after: JobRow | undefined): void {
    const kept = new Set<string>();
    for (const { name } of after ? partsOf(after) : []) kept.add(name);
    const job = (after ?? before)?.id ?? '';
    for (const name of kept) this.#write(keyOf(job, name));
    for (const { name } of before ? partsOf(before) : []) if (!kept.has(name)) this.#remove(keyOf(job, name));
  }

  /** The bytes of a blob; undefined if it is not here: another blob of this name has another size. */
  read(job: string, { name, bytes }: Part): Buffer | undefined {
    const key = keyOf(job, name);
    const found = this.#staged.get(key) ?? this.#recent.get(key) ?? this.#blobs.get(key);
    return found?.length === bytes ? found : undefined;
  }

  /** Deletes blobs of a job, as the port of stores says. */
  async sweep(job: string, keep: ReadonlySet<string>, upTo: number): Promise<void> {
    const isOver = (key: string) => isSwept(key.slice(job.length + 1), keep, upTo);
    const range = [`${job} `, `${job}!`] as const;
    for (const key of [...this.#staged.keys()]) {
      if (key.startsWith(range[0]) && isOver(key)) this.#staged.delete(key);
    }
    const over = [...this.#blobs.getKeys({ start: range[0], end: range[1] })].filter(isOver);
    if (over.length === 0) return;
    await this.#writes.write(() => {
      for (const key of over) this.#remove(key);
    });
  }

  #write(key: string): void {
    const bytes = this.#staged.get(key);
    if (!bytes) return;
    this.#blobs.put(key, bytes);
    this.#staged.delete(key);
    this.#recent.delete(key);
    this.#recent.set(key, bytes);
    if (this.#recent.size <= MOST_RECENT) return;
    for (const oldest of this.#recent.keys()) {
      this.#recent.delete(oldest);
      return;
    }
  }

  #remove(key: string): void {
    this.#blobs.remove(key);
    this.#recent.delete(key);
  }
}

function keyOf(job: string, name: string): string {
  return `${job} ${name}`;
}

/** Everything that a row refers to. */
function partsOf({ files, checkpoint }: JobRow): readonly Part[] {
  const parts = files.flatMap((file) => file.parts);
  if (!checkpoint) return parts;
  const { state, rejects, spooled = [] } = checkpoint;
  return [...parts, state, ...checkpoint.parts, ...rejects, ...spooled];
}
