/** The request of a job as it was submitted. */
import { writeExactly } from './exact-json.js';
import type { Job } from './model.js';

/** The section. */
export function RequestPart({ job }: { readonly job: Job }) {
  return (
    <section aria-labelledby="request">
      <h2 id="request">Request</h2>
      <pre tabIndex={0} role="group" aria-label="The request as JSON">
        {writeExactly(job.request)}
      </pre>
    </section>
  );
}
