/** The null sink of the peers: wraps the selection in base64 and envelope, counts the bytes and discards them. */
import { newRun } from '../../src/export/create-run.js';
import { base64Stage } from '../../src/pack/base64.js';
import type { Selection } from '../input.js';
import type { Outcome } from '../race.js';

/** The id in the envelope of every contender. */
export const RUN_ID = 'bench';

/** Bytes encoded at a time, so that small texts do not cost a call each. */
const BATCH_BYTES = 48 * 1024;

const HEAD =
  `{"response":{"binaryObjects":[{"id":"${RUN_ID}","type":"JSONObject","systemInfo":{"tenantId":"local"},` +
  `"properties":{"fileName":"${RUN_ID}_out.json","version":"1.1","extension":"JSON"},"data":{"blob":"`;

function tail(entities: number): string {
  return `"}}],"status":"success","statusDetail":{},"totalRecords":${entities}}}`;
}

/** Takes the JSON text of selected entities. Peers use sluice's base64, the fastest known to us. */
export class EnvelopeSink {
  readonly #base64 = base64Stage();
  readonly #run = newRun();
  #texts: (string | Buffer)[] = ['{"entities":['];
  #size = 0;
  #entities = 0;
  #bytes = 0;
  readonly #write: (chunk: Buffer) => void;

  /** @param write takes the bytes of the envelope, which are valid until it returns; by default they are discarded */
  constructor(write: (chunk: Buffer) => void = () => {}) {
    this.#write = write;
    this.#count([Buffer.from(HEAD)]);
  }

  /** Takes one entity as text, or as a slice of the input, which must stay unchanged until it is encoded. */
  add(entity: string | Buffer): void {
    if (this.#entities++ > 0) this.#texts.push(',');
    this.#texts.push(entity);
    this.#size += entity.length;
    if (this.#size >= BATCH_BYTES) this.flush();
  }

  /** Encodes the entities taken so far. */
  flush(): void {
    const texts = this.#texts.every((text) => typeof text === 'string')
      ? Buffer.from(this.#texts.join(''))
      : Buffer.concat(this.#texts.map((text) => (typeof text === 'string' ? Buffer.from(text) : text)));
    this.#texts = [];
    this.#size = 0;
    this.#count(this.#base64.push(texts, this.#run));
  }

  /** Closes the document and the envelope. */
  end(): Outcome {
    this.#texts.push(']}');
    this.flush();
    this.#count(this.#base64.flush(this.#run));
    this.#count([Buffer.from(tail(this.#entities))]);
    return { entities: this.#entities, bytes: this.#bytes };
  }

  #count(chunks: Iterable<Buffer> | Promise<unknown>): void {
    if (chunks instanceof Promise) throw new Error('base64 is synchronous');
    for (const chunk of chunks) {
      this.#bytes += chunk.length;
      this.#write(chunk);
    }
  }
}

/** The expected outcome for these entities. */
export function envelopeOutcome({ entities, bytes }: Selection): Outcome {
  const document = '{"entities":['.length + bytes + Math.max(0, entities - 1) + ']}'.length;
  return { entities, bytes: HEAD.length + 4 * Math.ceil(document / 3) + tail(entities).length };
}
