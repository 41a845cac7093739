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

/**
 * Makes the stage: it takes base64 text and returns the envelope. Its keys have the documented order, in which the status,
 * known only at the end, follows the blob. An export that fails after the first byte ends in `"status":"error"`.
 */
export function envelopeStage(options: EnvelopeOptions): Stage<Buffer, Buffer> {
  const { tenant, version, fileName, objectType = 'JSONObject', extension = 'JSON', properties } = options;
  let started = false;
  let blobLength = 0;
  /** Text before the head, too short to name the file by. */
  let front: Buffer = Buffer.alloc(0);

  return {
    name: 'envelope',
    step: 'wrap',
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
      return tail({ status: 'success', statusDetail: {} }, run);
    },
    fail: (error, run) => (started ? tail(failed(error), run) : NOTHING),
  };

  function begin(run: Run): readonly Buffer[] {
    started = true;
    return front.length > 0 ? [head(run), front] : [head(run)];
  }

  function head(run: Run): Buffer {
    const named = typeof fileName === 'string' ? { fileName, extension } : fileName(front);
    const members = [
      `"id":${JSON.stringify(run.id)}`,
      `"type":${JSON.stringify(objectType)}`,
      `"systemInfo":${JSON.stringify({ tenantId: tenant })}`,
      `"properties":${JSON.stringify({ fileName: named.fileName, version, extension: named.extension, ...properties })}`,
      '"data":{"blob":"',
    ];
    return Buffer.from(`{"response":{"binaryObjects":[{${members.join(',')}`);
  }

  function tail(status: object, run: Run): readonly Buffer[] {
    const members = JSON.stringify({ ...status, totalRecords: run.ledger.written }).slice(1, -1);
    const end = Buffer.from(`"}}],${members}}}`);
    return started ? [end] : [...begin(run), end];
  }
}

/** The documented shape of an error: `statusDetail` with code, message and kind of message. */
function failed({ code, message }: SluiceError): object {
  return { status: 'error', statusDetail: { code, message, messageType: 'error' } };
}
