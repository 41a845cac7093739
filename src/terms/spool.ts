/** The port of bytes that must wait: more of them than memory should hold. */

/** Takes bytes, and gives them back in order. Used by one caller, which waits for each answer. */
export interface Spool {
  /** Takes a copy of the bytes, behind those before. */
  write(bytes: Buffer): void | Promise<void>;
  /** All that was written, from the beginning, in chunks of moderate size. */
  chunks(): AsyncGenerator<Buffer, void>;
  /** Gives up what was written. */
  close(): Promise<void>;
}
