/** Progress of an export: a bar on a terminal, a line every few seconds elsewhere. */
import type { SingleBar } from 'cli-progress';
import { formatCount } from '../terms/format-count.js';
import type { Progress } from '../terms/progress.js';
import type { Console } from './console.js';
import { formatBytes } from './format.js';
import { canRedraw, holdLine, terminalWidth } from './terminal.js';

/** Milliseconds between two lines without a terminal. */
const LINE_INTERVAL_MS = 5000;

/** Shows progress until it is stopped. */
export interface ProgressView {
  update(progress: Progress): void;
  stop(): void;
}

/** Opens a view of an input of some bytes; undefined if unknown, as for standard input. */
export type ShowProgress = (totalBytes: number | undefined) => ProgressView;

/** Chooses how progress is shown: as a bar on a terminal, else as lines. */
export async function loadProgress(out: Console): Promise<ShowProgress> {
  if (out.quiet) return () => ({ update: () => {}, stop: () => {} });
  if (!canRedraw() || out.json) return (totalBytes) => lines(out, totalBytes);
  const openBar = await loadBar();
  return (totalBytes) => bar(openBar, totalBytes);
}

function bar(openBar: OpenBar, totalBytes: number | undefined): ProgressView {
  const view = openBar(formatFor(totalBytes !== undefined, terminalWidth()));
  const payload = (progress?: Progress) => ({
    size: formatBytes(progress?.bytesIn ?? 0),
    read: formatCount(progress?.read ?? 0),
    written: formatCount(progress?.written ?? 0),
    rate: formatBytes(progress?.bytesPerSecond ?? 0),
  });
  let release: (() => void) | undefined;
  return {
    update(progress) {
      if (!release) {
        view.start(totalBytes ?? 1, 0, payload());
        release = holdLine(clearLine);
      }
      view.update(totalBytes === undefined ? 0 : Math.min(progress.bytesIn, totalBytes), payload(progress));
    },
    stop() {
      if (!release) return;
      view.stop();
      release();
      release = undefined;
    },
  };
}

/** The format of a bar that fits a line of this width. */
function formatFor(isKnown: boolean, width: number): string {
  const counts = '{read} read, {written} written, {rate}/s';
  if (!isKnown) return width < WIDE ? '{size}, {written} written' : `{size} | ${counts}`;
  if (width < NARROW) return '{percentage}%, ETA {eta_formatted}';
  return width < WIDE
    ? '{percentage}% | {written} written | ETA {eta_formatted}'
    : `[{bar}] {percentage}% | ${counts} | ETA {eta_formatted}`;
}

/** Characters that the complete line needs; below `NARROW` only percentage and ETA are shown. */
const WIDE = 100;
const NARROW = 50;

/** Creates a bar of a format on standard error. */
export type OpenBar = (format: string) => SingleBar;

/** Loads the library of bars. */
export async function loadBar(): Promise<OpenBar> {
  const { SingleBar: Bar } = (await import('cli-progress')).default;
  return (format) =>
    new Bar({
      stream: process.stderr,
      format,
      barCompleteChar: '#',
      barIncompleteChar: '.',
      barsize: 20,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 50,
      // A message in between clears the line of the bar.
      forceRedraw: true,
    });
}

/** Clears the line of the bar, to print a message there. */
export function clearLine(): void {
  process.stderr.write('\r\u001b[2K');
}

function lines(out: Console, totalBytes: number | undefined): ProgressView {
  let reportedMs = 0;
  return {
    update(progress) {
      if (progress.elapsedMs - reportedMs < LINE_INTERVAL_MS) return;
      reportedMs = progress.elapsedMs;
      const share = totalBytes ? ` (${Math.floor((progress.bytesIn / totalBytes) * 100)} %)` : '';
      const { bytesIn, read, written, bytesPerSecond } = progress;
      const rate = `${formatBytes(bytesPerSecond)}/s`;
      const counts = `${formatCount(read)} read, ${formatCount(written)} written`;
      out.report(`${formatBytes(bytesIn)}${share}, ${counts}, ${rate}`, { progress });
    },
    stop: () => {},
  };
}
