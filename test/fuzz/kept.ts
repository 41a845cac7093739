/** Commands that were wrong once, kept for ever. */
import type { Scenario } from './commands.js';

/** One file of lines under flags that change nothing. */
function lines(text: string, asked: Partial<Scenario['asked']> = {}): Scenario {
  return {
    files: [{ form: 'lines', bytes: Buffer.from(text), packing: 'plain', cut: 0 }],
    piped: false,
    told: false,
    asked: { allMatches: false, skip: false, ...asked },
    idsFrom: false,
    output: '-',
  };
}

export const KEPT: readonly Scenario[] = [
  lines('{"id":"1","type":"a"}{"id":"2","type":"b"}\n{"id":"3","type":"b"}\n', { types: ['b'] }),
  lines('{"id":"1","type":"a"}\r{"id":"2","type":"b"}\r{"id":"3","type":"b"}\r', { types: ['b'] }),
];
