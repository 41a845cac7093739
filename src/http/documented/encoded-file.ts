/** A file as the documented binary object, encoded while it is read. */
import type { Readable } from 'node:stream';
import { readableOf } from '../../export/readable-of.js';
import type { ResultFile } from '../../jobs/job.js';

/** The members beside the blob. */
export interface EncodedFacts {
  /** Id of the object. */
  readonly id: string;
  readonly tenant: string;
  readonly file: ResultFile;
}

/** The envelope as a stream; a failure destroys it, so that no client takes a part for the whole. */
export function encodedFile(content: Readable, { id, tenant, file }: EncodedFacts): Readable {
  const { name } = file;
  const dot = name.lastIndexOf('.');
  const properties = { fileName: name, version: '1.0', extension: dot < 0 ? '' : name.slice(dot + 1) };
  const object = JSON.stringify({ id, type: 'binaryObject', systemInfo: { tenantId: tenant }, properties });
  async function* text(): AsyncGenerator<Buffer, void> {
    yield Buffer.from(`{"response":{"binaryObjects":[${object.slice(0, -1)},"data":{"blob":"`);
    // Base64 encodes three bytes at a time; what is left over waits for the next chunk.
    let rest = Buffer.alloc(0);
    for await (const chunk of content) {
      const bytes = Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % 3);
      rest = bytes.subarray(whole);
      yield Buffer.from(bytes.subarray(0, whole).toString('base64'));
    }
    yield Buffer.from(`${rest.toString('base64')}"}}],"status":"success","statusDetail":{},"totalRecords":1}}`);
  }
  return readableOf(text());
}
