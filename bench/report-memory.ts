/** Loaded ahead of a command: when its process ends, it writes its highest resident set, in MiB, to a file. */
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const path = process.env.BENCH_MEMORY_FILE;
  if (path !== undefined) writeFileSync(path, String(highestMebibytes()));
});

function highestMebibytes(): number {
  try {
    // On Linux `maxRSS` of a child begins with the parent's at the time of the fork; this is the child's alone.
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) / 1024;
  } catch {
    // No Linux: what the system says of the process has no such trap there.
  }
  return process.resourceUsage().maxRSS / 1024;
}
