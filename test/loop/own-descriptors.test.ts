/** Descriptors that Node uses internally: no entry point reads or writes them. */
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readText } from '../../src/cli/text-file.js';
import { findPlace } from '../../src/destinations/place.js';
import { files } from '../../src/sources/files.js';

/** The target of each descriptor. */
const OPEN = new Map(
  (process.platform === 'linux' ? readdirSync('/proc/self/fd') : []).flatMap((fd) => {
    try {
      return [[fd, readlinkSync(`/proc/self/fd/${fd}`)] as const];
    } catch {
      // The folder itself.
      return [];
    }
  }),
);
const PIPES = [...OPEN].filter(
  ([, to]) => to.startsWith('pipe:') && [...OPEN.values()].filter((one) => one === to).length === 2,
);
const OTHERS = [...OPEN].filter(([, to]) => to.startsWith('anon_inode:'));

describe.skipIf(process.platform !== 'linux')('internal descriptors', () => {
  test('exist', () => {
    expect(PIPES.length).toBeGreaterThan(1);
    expect(OTHERS.length).toBeGreaterThan(1);
  });

  test.each([...PIPES, ...OTHERS])('%s, %s', async (fd) => {
    const path = `/dev/fd/${fd}`;
    await expect(findPlace(path, true)).rejects.toMatchObject({ code: 'WRITE_FAILED', path });
    const inputs = files(path).inputs(new AbortController().signal)[Symbol.asyncIterator]();
    await expect(inputs.next()).rejects.toMatchObject({ code: 'READ_FAILED', source: path });
    await expect(readText(path)).rejects.toMatchObject({ code: 'READ_FAILED', path });
  });
});
