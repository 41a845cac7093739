/** Tags of processes: whether the one that left a file has certainly ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { hasEnded, processTag } from '../../src/temporary-files/process-tag.js';

/** The fields of a process that follow its name. */
const fieldsOf = (pid: string) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

const tagOf = (pid: string) => `${processTag()?.split('-')[0]}-${pid}-${fieldsOf(pid)[19]}`;

test.runIf(process.platform === 'linux')(
  'a process lives while it runs, and has ended when it is a zombie',
  async () => {
    // The shell becomes a program that never asks how its child has ended.
    const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec tail -f /dev/null'], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    try {
      const { stdout } = parent;
      if (!stdout) throw new Error('no output');
      const [child]: unknown[] = await once(createInterface({ input: stdout }), 'line');
      const pid = String(child);
      const tag = tagOf(pid);
      expect(hasEnded(tag)).toBe(false);
      expect(hasEnded(tagOf(String(process.pid)))).toBe(false);
      // The shell would ask.
      while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'tail\n') await new Promise(setImmediate);
      process.kill(Number(pid), 'SIGKILL');
      while (fieldsOf(pid)[0] !== 'Z') await new Promise(setImmediate);
      expect(hasEnded(tag)).toBe(true);
    } finally {
      parent.kill('SIGKILL');
    }
  },
);

test.runIf(process.platform === 'linux')('a reused process id is another process', () => {
  const [space, pid] = processTag()?.split('-') ?? [];
  expect(hasEnded(`${space}-${pid}-1`)).toBe(true);
});
