/** The first rejected records of a job: place, reason and raw text. */
import { useEffect, useState } from 'preact/hooks';
import { jobPath, send, toProblem } from './api.js';
import { parseExactly } from './exact-json.js';
import { count } from './format.js';
import type { Job } from './model.js';

/** Bytes of the file that are read. */
const SEEN_BYTES = 65_536;

/** Records that are shown. */
const MOST = 20;

interface Rejected {
  readonly source?: string;
  readonly recordIndex?: number;
  readonly byteOffset?: number;
  readonly line?: number;
  readonly code?: string;
  readonly message?: string;
  readonly raw?: string;
}

/** The section. */
export function RejectedPart({ job }: { readonly job: Job }) {
  const file = job.files.find(({ name }, index) => index > 0 && name.endsWith('_rejects.ndjson'));
  const [records, setRecords] = useState<readonly Rejected[] | undefined>(undefined);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (file === undefined) return undefined;
    const leaving = new AbortController();
    const headers = { range: `bytes=0-${SEEN_BYTES - 1}` };
    send(jobPath(job.id, 'files', file.name), { headers, signal: leaving.signal })
      .then((response) => response.text())
      .then((text) => setRecords(linesOf(text, file.bytes > SEEN_BYTES)))
      .catch((cause: unknown) => leaving.signal.aborted || setProblem(toProblem(cause).message));
    return () => leaving.abort();
  }, [job.id, file?.name]);
  if (file === undefined) return null;
  return (
    <section aria-labelledby="rejected">
      <h2 id="rejected">Rejected records</h2>
      {problem !== '' && <p role="alert">{problem}</p>}
      <ol class="rejected">
        {records?.map((record) => (
          <li key={`${record.source} ${record.recordIndex}`}>
            <p>
              {reasonOf(record)} <span class="quiet">{placeOf(record)}</span>
            </p>
            <pre tabIndex={0} role="group" aria-label="Raw text">
              {record.raw}
            </pre>
          </li>
        ))}
      </ol>
      {records && (
        <p class="quiet">
          {count(records.length)} of {count(job.receipt?.rejected)} shown; {file.name} has all.
        </p>
      )}
    </section>
  );
}

/** The message without the place, which stands beside it. */
function reasonOf({ message = '', source = '' }: Rejected): string {
  const rest = message.startsWith(source) ? message.slice(source.length).replace(/^(:\d+)?:? */, '') : message;
  return rest.replace(/ \((record|byte)[^()]*\)$/, '');
}

function placeOf({ source, recordIndex, line, byteOffset }: Rejected): string {
  const places = [
    source?.replace(/^.*[\\/]/, ''),
    recordIndex === undefined ? undefined : `record ${count(recordIndex)}`,
    line === undefined ? undefined : `line ${count(line)}`,
    byteOffset === undefined ? undefined : `byte ${count(byteOffset)}`,
  ];
  return places.filter((place) => place !== undefined).join(', ');
}

function linesOf(text: string, isCut: boolean): readonly Rejected[] {
  const lines = text.split('\n').filter((line) => line !== '');
  if (isCut) lines.pop();
  return lines.slice(0, MOST).map((line) => parseExactly<Rejected>(line));
}
