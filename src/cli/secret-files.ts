/** Files with secrets: tokens, and headers of requests. */

import { LINE_ENDS, readText } from './text-file.js';
import { usage } from './usage.js';

/** The text of a file with a secret, without the trailing line break. */
export async function readSecret(path: string): Promise<string> {
  return (await readText(path)).trim();
}

/** The headers in a file, one per line. */
export async function readHeaders(path: string): Promise<Readonly<Record<string, string>>> {
  const lines = (await readText(path)).split(LINE_ENDS);
  return Object.fromEntries(
    lines.flatMap((line, index) => {
      if (line.trim() === '') return [];
      const [, name, value] = /^\s*([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw usage(`line ${index + 1} of the headers is not name: value`);
      return [[name, value]];
    }),
  );
}
