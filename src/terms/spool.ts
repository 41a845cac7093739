/** The port for bytes that must wait and may exceed memory. */

/** Takes bytes and returns them in order. It has one caller, which awaits each call. */
export interface Spool {
  /** Appends a copy of the bytes. */
  write(bytes: Buffer): void | Promise<void>;
  /** All bytes from the beginning, in chunks of moderate size, whose memory may be lent. */
  chunks(): AsyncGenerator<Buffer, void>;
  /** Discards the bytes. */
  close(): Promise<void>;
}
