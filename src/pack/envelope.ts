/** The documented envelope: a JSON text around the base64 of the result, written as a stream. */
import type { SluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/** Length of V8's longest string, in characters: the limit of readers that use JSON.parse. */
const LONGEST_STRING = 536_870_888;

/** What a file is called, and its `properties.extension`. */
export interface NamedContent {
  readonly fileName: string;
  readonly extension: string;
}

/** Characters of base64 that a file is named by. */
const FRONT = 4;

/** What the envelope states beside its blob; its id and `totalRecords` are those of the run. */
export interface EnvelopeOptions {
  /** `systemInfo.tenantId`. */
  readonly tenant: string;
  /** `properties.version`: the version of the entity format. */
  readonly version: string;
  /** `properties.fileName`: the name of the file inside, or what it is by its first bytes in base64. */
  readonly fileName: string | ((front: Buffer) => NamedContent);
  /** `type` of the binary object; default `JSONObject`. */
  readonly objectType?: string;
  /** `properties.extension`, where a name does not come with its own; default `JSON`. */
  readonly extension?: string;
  /** Further `properties`, after the documented ones. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** The stage, and the state that checkpoints take from it. */
export interface EnvelopeStage extends Stage<Buffer, Buffer> {
  /** Characters of the blob so far; undefined before the head is out. */
  readonly blobLength: number | undefined;
}

/**
 * Makes the stage: it takes base64 text and returns the envelope. Its keys have the documented order, in which the status,
 * known only at the end, follows the blob. An export that fails after the first byte ends in `"status":"error"`.
 * @param before characters of the blob after the head that an earlier stage has written; absent: it begins here
 */
export function envelopeStage(options: EnvelopeOptions, before?: number): EnvelopeStage {
  const { fileName } = options;
  let started = before !== undefined;
  let blobLength = before ?? 0;
  /** Text before the head, too short to name the file by. */
  let front: Buffer = Buffer.alloc(0);

  return {
    name: 'envelope',
    step: 'wrap',
    get blobLength() {
      return started ? blobLength : undefined;
    },
    push(text, run) {
      blobLength += text.length;
      if (started) return [text];
      front = Buffer.concat([front, text]);
      return typeof fileName === 'string' || front.length >= FRONT ? begin(run) : NOTHING;
    },
    flush(run) {
      if (run.failure) return tail(failed(run.failure), run);
      if (blobLength > LONGEST_STRING) {
        run.note({
          code: 'BLOB_TOO_LONG_TO_PARSE',
          text: `the blob has ${blobLength} characters, more than JSON.parse in Node.js can hold in one string`,
          counts: { characters: blobLength },
        });
      }
      return tail(SUCCESS, run);
    },
    fail: (error, run) => (started ? tail(failed(error), run) : NOTHING),
  };

  function begin(run: Run): readonly Buffer[] {
    started = true;
    const head = Buffer.from(headOf(options, run.id, front));
    return front.length > 0 ? [head, front] : [head];
  }

  function tail(status: object, run: Run): readonly Buffer[] {
    const end = Buffer.from(tailOf(status, run.ledger.written));
    return started ? [end] : [...begin(run), end];
  }
}

/** The complete envelope of a blob that is there, as the stage writes it. */
export function wholeEnvelope(options: EnvelopeOptions, id: string, blob: Buffer, totalRecords: number): Buffer {
  const text = blob.toString('base64');
  const head = headOf(options, id, Buffer.from(text.slice(0, FRONT), 'latin1'));
  return Buffer.from(`${head}${text}${tailOf(SUCCESS, totalRecords)}`);
}

const SUCCESS = { status: 'success', statusDetail: {} };

/** @param front the beginning of the base64 text */
function headOf(
  { tenant, version, fileName, objectType = 'JSONObject', extension = 'JSON', properties }: EnvelopeOptions,
  id: string,
  front: Buffer,
): string {
  const named = typeof fileName === 'string' ? { fileName, extension } : fileName(front);
  const members = [
    `"id":${JSON.stringify(id)}`,
    `"type":${JSON.stringify(objectType)}`,
    `"systemInfo":${JSON.stringify({ tenantId: tenant })}`,
    `"properties":${JSON.stringify({ fileName: named.fileName, version, extension: named.extension, ...properties })}`,
    '"data":{"blob":"',
  ];
  return `{"response":{"binaryObjects":[{${members.join(',')}`;
}

function tailOf(status: object, totalRecords: number): string {
  return `"}}],${JSON.stringify({ ...status, totalRecords }).slice(1, -1)}}}`;
}

/** The documented shape of an error: `statusDetail` with code, message and kind of message. */
function failed({ code, message }: SluiceError): object {
  return { status: 'error', statusDetail: { code, message, messageType: 'error' } };
}
