/** A Node stream of bytes that are all there. */
import { Readable } from 'node:stream';

/** A sender may take the bytes instead: the stream costs more than they do. */
export class WholeReadable extends Readable {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    super();
    this.bytes = bytes;
  }

  override _read(): void {
    this.push(this.bytes);
    this.push(null);
  }
}

/** What sends all of a stream at the least cost: its bytes, or itself. */
export function wholeOf(stream: Readable): Readable | Buffer {
  return stream instanceof WholeReadable ? stream.bytes : stream;
}
