/** The files of a job: size, digest, download with a check, and lines for a shell. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { toProblem } from './api.js';
import { bytes, moment, percent } from './format.js';
import type { Job, ResultFile } from './model.js';
import { notify } from './notices.js';
import { curlLine, LARGEST_CHECKED, saveFile, sluiceLine } from './save-file.js';
import { token } from './session.js';

/** The section. */
export function Files({ job }: { readonly job: Job }) {
  if (job.files.length === 0) return null;
  return (
    <section aria-labelledby="files">
      <h2 id="files">Files</h2>
      {job.expiresAt && <p class="quiet">Kept until {moment(job.expiresAt)}.</p>}
      <ul class="files">
        {job.files.map((file, index) => (
          <File key={file.name} id={job.id} file={file} isFirst={index === 0} />
        ))}
      </ul>
    </section>
  );
}

interface FileProps {
  readonly id: string;
  readonly file: ResultFile;
  readonly isFirst: boolean;
}

function File({ id, file, isFirst }: FileProps) {
  const [status, setStatus] = useState<{ text: string; kind: 'busy' | 'good' | 'bad' } | undefined>(undefined);
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);

  async function download(): Promise<void> {
    setStatus({ text: 'Asking for it…', kind: 'busy' });
    try {
      const show = (size: number) => setStatus({ text: `${percent(size, file.bytes)} of it received`, kind: 'busy' });
      const saved = await saveFile(id, file, show, leaving.current.signal);
      const text =
        saved === 'verified'
          ? 'Saved. Its SHA-256 is that of the result.'
          : `Handed to the browser. Files above ${bytes(LARGEST_CHECKED)} are not checked here; sluice download does.`;
      setStatus({ text, kind: 'good' });
    } catch (cause) {
      if (leaving.current.signal.aborted) return;
      setStatus({ text: toProblem(cause).message, kind: 'bad' });
    }
  }

  return (
    <li>
      <div class="file">
        <strong>{file.name}</strong>
        <span class="quiet">
          {bytes(file.bytes)}, {file.mediaType}
        </span>
        <button type="button" class="main" disabled={status?.kind === 'busy'} onClick={download}>
          Download<span class="unseen"> {file.name}</span>
        </button>
      </div>
      <p class={`status ${status?.kind ?? ''}`} role="status">
        {status?.text}
      </p>
      <details>
        <summary>
          Digest and command lines<span class="unseen"> of {file.name}</span>
        </summary>
        <Copied label="SHA-256" text={file.sha256} />
        <Copied label="curl" text={curlLine(id, file, token.value !== undefined)} />
        <Copied label="sluice" text={sluiceLine(id, file, isFirst)} />
      </details>
    </li>
  );
}

/** A text with a button that copies it; where the browser forbids that, the text is marked for the user to copy. */
function Copied({ label, text }: { readonly label: string; readonly text: string }) {
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      notify(`${label}: copied.`);
    } catch {
      notify('The text is marked: copy it with the keyboard.');
    }
  };
  return (
    <div class="copied">
      <label>
        <span>{label}</span>
        <input ref={field} readOnly value={text} spellcheck={false} />
      </label>
      <button type="button" aria-label={`Copy ${label}`} onClick={copy}>
        Copy
      </button>
    </div>
  );
}
