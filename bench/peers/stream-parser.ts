/** @streamparser/json: a parser that makes objects of the values at a path. */
import { createReadStream } from 'node:fs';
import { JSONParser } from '@streamparser/json';
import type { Outcome } from '../race.js';
import { EnvelopeSink } from './envelope-sink.js';
import { isWanted } from './take.js';

/** Lines, as concatenated values. */
export function streamParserLines(path: string): Promise<Outcome> {
  return parse(path, new JSONParser({ paths: ['$'], keepStack: false, separator: '' }));
}

/** One document: the elements of its array. */
export function streamParserDocument(path: string): Promise<Outcome> {
  return parse(path, new JSONParser({ paths: ['$.entities.*'], keepStack: false }));
}

async function parse(path: string, parser: JSONParser): Promise<Outcome> {
  const sink = new EnvelopeSink();
  parser.onValue = ({ value }) => {
    if (isWanted(value)) sink.add(JSON.stringify(value));
  };
  // Node's default chunk size; others are no faster.
  for await (const chunk of createReadStream(path)) parser.write(chunk);
  if (!parser.isEnded) parser.end();
  return sink.end();
}
