/** How far an export has come: a bar on a terminal, a line every few seconds elsewhere. */
import { SingleBar } from 'cli-progress';
import type { Progress } from '../terms/run.js';
import type { Console } from './console.js';
import { formatBytes, formatCount } from './format.js';

/** Milliseconds between two lines where there is no terminal. */
const LINE_INTERVAL_MS = 5000;

/** Shows progress until it is stopped. */
export interface ProgressView {
  update(progress: Progress): void;
  stop(): void;
}

/**
 * Chooses the view that fits the place.
 * @param totalBytes of the input; undefined where nobody knows, as of standard input
 */
export function showProgress(out: Console, totalBytes: number | undefined): ProgressView {
  if (out.quiet) return { update: () => {}, stop: () => {} };
  return process.stderr.isTTY && !out.json ? bar(totalBytes) : lines(out, totalBytes);
}

function bar(totalBytes: number | undefined): ProgressView {
  const counts = '{read} read, {written} written, {rate}/s';
  const view = new SingleBar({
    stream: process.stderr,
    format: totalBytes === undefined ? `{size} | ${counts}` : `[{bar}] {percentage}% | ${counts} | {eta_formatted}`,
    barCompleteChar: '#',
    barIncompleteChar: '.',
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  });
  const payload = (progress?: Progress) => ({
    size: formatBytes(progress?.bytesIn ?? 0),
    read: formatCount(progress?.read ?? 0),
    written: formatCount(progress?.written ?? 0),
    rate: formatBytes(progress?.bytesPerSecond ?? 0),
  });
  let started = false;
  return {
    update(progress) {
      if (!started) view.start(totalBytes ?? 1, 0, payload());
      started = true;
      view.update(totalBytes === undefined ? 0 : Math.min(progress.bytesIn, totalBytes), payload(progress));
    },
    stop() {
      if (started) view.stop();
    },
  };
}

function lines(out: Console, totalBytes: number | undefined): ProgressView {
  let said = 0;
  return {
    update(progress) {
      if (progress.elapsedMs - said < LINE_INTERVAL_MS) return;
      said = progress.elapsedMs;
      const share = totalBytes ? ` (${Math.floor((progress.bytesIn / totalBytes) * 100)} %)` : '';
      const { bytesIn, read, written, bytesPerSecond } = progress;
      const rate = `${formatBytes(bytesPerSecond)}/s`;
      const counts = `${formatCount(read)} read, ${formatCount(written)} written`;
      out.say(`${formatBytes(bytesIn)}${share}, ${counts}, ${rate}`, { progress });
    },
    stop: () => {},
  };
}
