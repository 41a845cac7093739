/** Waits for a job of a service and downloads its result, with a display of the progress. */

import type { DownloadProgress } from '../client/client-options.js';
import type { Client } from '../client/create-client.js';
import type { Downloaded } from '../client/download.js';
import { type RemoteJob, withoutResult } from '../client/remote-job.js';
import { hasResult } from '../jobs/job.js';
import { listAt, textAt } from '../options/json-members.js';
import type { Console } from './console.js';
import { EXIT } from './exit-codes.js';
import { formatBytes, formatRecords } from './format.js';
import { clearLine, loadBar, loadProgress, type ProgressView } from './progress.js';
import { canRedraw, holdLine, terminalWidth } from './terminal.js';

/** Interval of progress lines without a terminal, in milliseconds. */
const LINE_INTERVAL_MS = 5000;

/**
 * Waits for the end of a job and shows its progress.
 * @throws SluiceError the error of a failed job; `NO_RESULT` for a cancelled one, `RESULT_EXPIRED`
 */
export async function followJob(client: Client, id: string, out: Console): Promise<RemoteJob> {
  const showProgress = await loadProgress(out);
  let view: ProgressView | undefined;
  let totalBytes: number | undefined;
  const started = Date.now();
  try {
    const job = await client.waitFor(id, {
      onProgress({ state, progress }) {
        if (state === 'queued') return;
        // The size of the source may become known after the start of the job.
        if (!view || totalBytes !== progress.totalBytes) {
          view?.stop();
          totalBytes = progress.totalBytes;
          view = showProgress(totalBytes);
        }
        view.update({ ...progress, elapsedMs: Date.now() - started });
      },
    });
    if (!hasResult(job.state)) throw withoutResult(job);
    return job;
  } finally {
    view?.stop();
  }
}

/** Downloads the result of an ended job. */
export async function downloadResult(
  client: Client,
  id: string,
  path: string,
  out: Console,
  options: { readonly overwrite?: boolean; readonly file?: string },
): Promise<Downloaded> {
  const view = await showDownload(out);
  let downloaded: Downloaded;
  try {
    const { overwrite = false, file } = options;
    downloaded = await client.download(id, path, {
      overwrite,
      file,
      onProgress: view.update,
    });
  } finally {
    view.stop();
  }
  for (const { code, text } of downloaded.notes) out.logger.warn({ code }, text);
  return downloaded;
}

/** Reports the end of a job and its result; returns the exit code. */
export function sayEnd(job: RemoteJob, downloaded: Downloaded | undefined, out: Console): number {
  const { id, state, status, progress } = job;
  const facts = { job, downloaded };
  for (const note of listAt(job.receipt, 'notes')) {
    const text = textAt(note, 'text');
    if (text !== undefined) out.logger.warn({ code: textAt(note, 'code') }, text);
  }
  const records = `${formatRecords(progress.written)} written`;
  const file = downloaded
    ? `; ${formatBytes(downloaded.bytes)} to ${downloaded.path}${downloaded.verified ? ', SHA-256 verified' : ''}`
    : '';
  out.report(`job ${id}: ${status}, ${records}${file}`, facts);
  return state === 'completedWithErrors' ? EXIT.rejects : EXIT.done;
}

/** Minimum width of a line with a bar, in characters. */
const WIDE = 60;

/** The progress of a download. */
interface DownloadView {
  update(progress: DownloadProgress): void;
  stop(): void;
}

async function showDownload(out: Console): Promise<DownloadView> {
  if (out.quiet) return { update: () => {}, stop: () => {} };
  if (!canRedraw() || out.json) {
    let said = Date.now();
    return {
      update({ bytes, totalBytes }) {
        if (Date.now() - said < LINE_INTERVAL_MS) return;
        said = Date.now();
        const share = totalBytes ? ` (${Math.floor((bytes / totalBytes) * 100)} %)` : '';
        out.report(`${formatBytes(bytes)}${share} fetched`, { bytes, totalBytes });
      },
      stop: () => {},
    };
  }
  const openBar = await loadBar();
  const bar = openBar(`${terminalWidth() < WIDE ? '' : '[{bar}] '}{percentage}% | {size} | ETA {eta_formatted}`);
  let release: (() => void) | undefined;
  return {
    update({ bytes, totalBytes }) {
      if (!release) {
        bar.start(totalBytes ?? 1, 0, { size: '' });
        release = holdLine(clearLine);
      }
      bar.update(totalBytes === undefined ? 0 : bytes, { size: formatBytes(bytes) });
    },
    stop() {
      if (!release) return;
      bar.stop();
      release();
      release = undefined;
    },
  };
}
