/** The request of a job: what it does in words, and as it was submitted. */
import { useEffect, useState } from 'preact/hooks';
import { call, toProblem } from './api.js';
import { writeExactly } from './exact-json.js';
import type { Explanation, Job } from './model.js';

/** The section. */
export function RequestPart({ job: { id, request } }: { readonly job: Job }) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (request === undefined) return undefined;
    const leaving = new AbortController();
    const body = `{"request":${writeExactly(request)}}`;
    call<Explanation>('explain', { method: 'POST', body, signal: leaving.signal })
      .then((explanation) => setLines(explanation.lines))
      .catch((cause: unknown) => leaving.signal.aborted || setProblem(toProblem(cause).message));
    return () => leaving.abort();
  }, [id, request === undefined]);
  return (
    <section aria-labelledby="request">
      <h2 id="request">Request</h2>
      <ul class="sentences">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {problem !== '' && <p class="quiet">It is not put into words: {problem}</p>}
      <details>
        <summary>As JSON</summary>
        <pre tabIndex={0} role="group" aria-label="The request as JSON">
          {writeExactly(request)}
        </pre>
      </details>
    </section>
  );
}
