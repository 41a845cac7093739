/** Reading sections of a file: at once where nobody waits for the thread, otherwise on the threads of the system's pool. */
import { read, readSync } from 'node:fs';
import { nextTurn, turnIsOver } from '../loop/turn.js';

/** Reads a file whose descriptor is open elsewhere. */
export interface SectionReading {
  /** Whether the next bytes are read while the last ones are scanned. */
  readonly readsAhead: boolean;
  /** @returns how many bytes were read into the room; 0 at the end of the file. @throws the error of the system */
  read(descriptor: number, room: Buffer, at: number): number | Promise<number>;
}

/** Holds the thread while it reads. */
export const READ_AT_ONCE: SectionReading = {
  readsAhead: false,
  read: (descriptor, room, at) => readSync(descriptor, room, 0, room.length, at),
};

/** Leaves the event loop to others while it reads, and when the turn is over. */
export const READ_IN_TURNS: SectionReading = {
  readsAhead: true,
  async read(descriptor, room, at) {
    const length = await new Promise<number>((resolve, reject) => {
      read(descriptor, room, 0, room.length, at, (cause, bytes) => (cause ? reject(cause) : resolve(bytes)));
    });
    if (turnIsOver()) await nextTurn();
    return length;
  },
};
