/** The first entities that a request would export, read when asked for. */
import { useState } from 'preact/hooks';
import { call, type Problem, toProblem } from './api.js';
import { writeExactly } from './exact-json.js';
import { plural } from './format.js';
import { NoteList } from './job-parts.js';
import type { Preview } from './model.js';

interface Shown {
  readonly body: string;
  readonly preview?: Preview;
  readonly problem?: Problem;
}

interface PreviewProps {
  /** The submission as JSON. */
  readonly body: string;
  /** Whether the service understands it. */
  readonly isValid: boolean;
}

/** The section. */
export function PreviewPart({ body, isValid }: PreviewProps) {
  const [shown, setShown] = useState<Shown | undefined>(undefined);
  const [isReading, setReading] = useState(false);
  const look = async () => {
    setReading(true);
    try {
      setShown({ body, preview: await call<Preview>('preview', { method: 'POST', body }) });
    } catch (cause) {
      setShown({ body, problem: toProblem(cause) });
    }
    setReading(false);
  };
  const isOld = shown !== undefined && shown.body !== body;
  return (
    <section aria-labelledby="preview" class="preview" aria-busy={isReading}>
      <h2 id="preview">Preview</h2>
      <p aria-live="polite" class={shown?.problem ? 'bad' : 'quiet'}>
        {isReading ? 'Reading the source…' : shown ? `${isOld ? 'Of an earlier request: ' : ''}${told(shown)}` : ''}
      </p>
      {shown?.preview && <NoteList notes={shown.preview.notes} />}
      {shown?.preview && shown.preview.entities.length > 0 && (
        <ol class={isOld ? 'entities old' : 'entities'}>
          {shown.preview.entities.map((entity, index) => (
            <li key={`${index}`}>
              <pre tabIndex={0} role="group" aria-label={`Entity ${index + 1}`}>
                {writeExactly(entity)}
              </pre>
            </li>
          ))}
        </ol>
      )}
      <button type="button" disabled={!isValid || isReading} onClick={look}>
        {shown ? 'Show the first entities again' : 'Show the first entities'}
      </button>
    </section>
  );
}

function told({ preview, problem }: Shown): string {
  if (preview === undefined) return problem?.message ?? '';
  const { entities, read, stoppedBy } = preview;
  const found = plural(entities.length, 'entity', 'entities');
  const records = plural(read, 'record');
  if (stoppedBy === 'limit') return `The first ${found}.`;
  if (stoppedBy === 'time') return `${found} among the first ${records}; looking for more would take longer.`;
  if (stoppedBy === 'size') return `The first ${found}; further ones are too large for a preview.`;
  return entities.length === 0 ? `None of ${records} is exported.` : `${found}, which is all, of ${records}.`;
}
