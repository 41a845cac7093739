/** `node split-process.js FILE`: splits, parses, filters and stringifies a file, and prints the envelope. */
import { writeFileSync } from 'node:fs';
import { EnvelopeSink } from './envelope-sink.js';
import { splitParse } from './json-parse.js';

const STANDARD_OUTPUT = 1;

const sink = new EnvelopeSink((chunk) => writeFileSync(STANDARD_OUTPUT, chunk));
await splitParse(process.argv[2], undefined, sink);
