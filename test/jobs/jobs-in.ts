/** For tests: the content of a folder of results, without its mark. */
import { readdir } from 'node:fs/promises';
import { MARK } from '../../src/results/folder-owner.js';

export async function jobsIn(results: string): Promise<readonly string[]> {
  return (await readdir(results)).filter((name) => name !== MARK);
}
