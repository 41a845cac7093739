/** What the service knows of the source: asked once, and found out where it knows nothing yet. */
import { useEffect, useState } from 'preact/hooks';
import { call, toProblem } from './api.js';
import type { SourceInspection } from './model.js';
import type { Place } from './request-form.js';
import { may } from './session.js';

/** What is known, and whether more is being found out. */
export interface KnownSource {
  readonly inspection?: SourceInspection;
  readonly isReading: boolean;
  /** Why the last look failed; empty if it did not. */
  readonly problem: string;
  /** Reads the source anew. */
  readonly look: () => void;
}

/** The source, for a form that is shown. */
export function useSource(): KnownSource {
  const [inspection, setInspection] = useState<SourceInspection | undefined>(undefined);
  const [isReading, setReading] = useState(false);
  const [problem, setProblem] = useState('');
  const look = async (signal?: AbortSignal) => {
    setReading(true);
    setProblem('');
    try {
      setInspection(await call<SourceInspection>('source/inspect', { method: 'POST', signal }));
    } catch (cause) {
      const { status, message } = toProblem(cause);
      // A service that leaves the source to workers cannot look at it; the form works without.
      if (!signal?.aborted && status !== 501) setProblem(message);
    }
    setReading(false);
  };
  useEffect(() => {
    if (!may('read')) return undefined;
    const leaving = new AbortController();
    call<{ readonly inspection?: SourceInspection }>('source', { signal: leaving.signal })
      .then((known) => {
        if (known.inspection === undefined) return look(leaving.signal);
        return setInspection(known.inspection);
      })
      // The form works without.
      .catch(() => {});
    return () => leaving.abort();
  }, []);
  return { inspection, isReading, problem, look: () => void look() };
}

/** Names that a condition can look at. */
export function namesAt(inspection: SourceInspection | undefined, place: Place): readonly string[] {
  if (inspection === undefined) return [];
  if (place !== 'fields') return inspection[place].map(({ name }) => name);
  return inspection.members.filter(({ kinds }) => hasValues(kinds)).map(({ path }) => path);
}

/** Whether there are values, not only what holds others. */
function hasValues({ string, number, boolean }: SourceInspection['members'][number]['kinds']): boolean {
  return string !== undefined || number !== undefined || boolean !== undefined;
}
