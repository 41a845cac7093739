/** Answers the tasks of an export in another thread, in their order. */
import type { SectionAnswer, SectionCall, TaskResult } from './messages.js';
import { SectionScan } from './scan-section.js';
import { READ_AT_ONCE } from './section-reading.js';

/** One end of a channel between two threads. */
export interface SectionPort {
  on(event: 'message', listener: (call: SectionCall) => void): unknown;
  postMessage(answer: SectionAnswer, transfer: ArrayBuffer[]): void;
}

/** Serves the calls that come through a port. */
export function serveSections(port: SectionPort): void {
  let scan: SectionScan | undefined;
  let before: Promise<void> = Promise.resolve();
  port.on('message', (call) => {
    if (call.kind === 'order') {
      scan = new SectionScan(call, READ_AT_ONCE);
      answer({ kind: 'ready' });
    } else if (call.kind === 'end') {
      before = before.then(() => scan?.close());
    } else {
      before = before.then(async () => {
        if (scan) give(call.number, { result: await scan.scan(call), memory: call.memory });
      });
    }
  });

  function give(number: number, { result, memory }: TaskResult): void {
    const own: ArrayBuffer[] = [memory];
    if (result.kind === 'scanned') {
      own.push(result.rows.buffer);
      if (typeof result.text !== 'number') own.push(result.text.buffer);
    }
    answer({ kind: 'result', number, result, memory }, own);
  }

  function answer(message: SectionAnswer, transfer: ArrayBuffer[] = []): void {
    port.postMessage(message, transfer);
  }
}
