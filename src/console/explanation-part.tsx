/** What a request would do, asked of the service while it is being written. */
import { useEffect, useState } from 'preact/hooks';
import { call, type Problem, toProblem } from './api.js';
import { count } from './format.js';
import type { Explanation, Fault } from './model.js';

/** Pause after a letter before the service is asked. */
const TYPING_MS = 300;

/** An explanation, or why there is none. */
export interface Explained {
  readonly explanation?: Explanation;
  readonly problem?: Problem;
  /** Faults of the request, with their paths. */
  readonly faults: readonly Fault[];
  /** Whether this is about an earlier text. */
  readonly isOld: boolean;
}

/** Asks for the explanation of a submission, as JSON, whenever it changes. */
export function useExplanation(body: string): Explained {
  const [explained, setExplained] = useState<Explained>({ faults: [], isOld: true });
  useEffect(() => {
    const asking = new AbortController();
    setExplained((before) => ({ ...before, isOld: true }));
    const timer = setTimeout(async () => {
      try {
        const explanation = await call<Explanation>('explain', { method: 'POST', body, signal: asking.signal });
        setExplained({ explanation, faults: [], isOld: false });
      } catch (cause) {
        if (asking.signal.aborted) return;
        const problem = toProblem(cause);
        setExplained({ problem, faults: problem.faults, isOld: false });
      }
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [body]);
  return explained;
}

/** A file that will have the id of its job as a name. */
const UNNAMED = /^[0-9a-f]{8}-/;

/** The section. */
export function ExplanationPart({ explanation, problem, faults, isOld }: Explained) {
  return (
    <section aria-labelledby="explained" class="explained" aria-live="polite" aria-busy={isOld}>
      <h2 id="explained">What would happen</h2>
      {explanation && (
        <>
          <ul class="sentences">
            {explanation.lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <p class="quiet">
            {UNNAMED.test(explanation.fileName) ? '' : `${explanation.fileName}, `}
            {explanation.mediaType}
          </p>
        </>
      )}
      {problem && (
        <>
          <p class="bad">
            {faults.length > 0
              ? `${count(faults.length)} ${faults.length === 1 ? 'thing has' : 'things have'} to change first:`
              : problem.message}
          </p>
          <ul class="faults">
            {faults.map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                <code>{path}</code> {message}
              </li>
            ))}
          </ul>
        </>
      )}
      {!explanation && !problem && <p class="quiet">Asking the service…</p>}
    </section>
  );
}
