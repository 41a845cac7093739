/** Commands that revealed a fault, kept as regression tests. */
import type { Scenario } from './commands.js';

/** One file of lines under flags that change nothing. */
function lines(text: string, request: Partial<Scenario['request']> = {}): Scenario {
  return {
    files: [{ form: 'lines', bytes: Buffer.from(text), packing: 'plain', cut: 0 }],
    piped: false,
    // A line of two values, if it is the first, begins a sequence.
    stated: true,
    request: { allMatches: false, skip: false, ...request },
    idsFrom: false,
    output: '-',
  };
}

export const KEPT: readonly Scenario[] = [
  lines('{"id":"1","type":"a"}{"id":"2","type":"b"}\n{"id":"3","type":"b"}\n', { types: ['b'] }),
  lines('{"id":"1","type":"a"}\r{"id":"2","type":"b"}\r{"id":"3","type":"b"}\r', { types: ['b'] }),
];
