/** Where the time of an export went, by stage. */
import { duration, percent } from './format.js';
import type { Receipt } from './model.js';

/** The section. */
export function StagesPart({ receipt: { busyMs = {}, bottleneck } }: { readonly receipt: Receipt }) {
  const stages = Object.entries(busyMs).filter(([, ms]) => ms > 0);
  const all = stages.reduce((sum, [, ms]) => sum + ms, 0);
  if (all === 0) return null;
  return (
    <section aria-labelledby="stages">
      <h2 id="stages">Time by stage</h2>
      <table class="stages">
        <tbody>
          {stages.map(([stage, ms]) => (
            <tr key={stage}>
              <th scope="row">{stage}</th>
              <td class="bar">
                <span aria-hidden="true" style={{ width: `${(100 * ms) / all}%` }} />
              </td>
              <td class="number">{duration(ms)}</td>
              <td class="number quiet">{percent(ms, all)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {bottleneck && <p class="quiet">The slowest part is {bottleneck}.</p>}
    </section>
  );
}
