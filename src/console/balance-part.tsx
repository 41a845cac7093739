/** What became of the records: read = written + filtered + rejected, as one bar. */
import { count, percent } from './format.js';
import type { Receipt } from './model.js';

/** The section. */
export function Balance({ receipt }: { readonly receipt: Receipt }) {
  const { read, added = 0, written, filtered, rejected, stoppedBy } = receipt;
  const all = Number(read) + Number(added);
  const parts = [
    { name: 'written', value: written, about: 'in the result' },
    { name: 'filtered', value: filtered, about: 'left out by the request' },
    { name: 'rejected', value: rejected, about: 'faulty' },
  ];
  return (
    <section aria-labelledby="balance">
      <h2 id="balance">Balance</h2>
      <p>
        {count(read)} read{added > 0 ? ` + ${count(added)} added` : ''} = {count(written)} written + {count(filtered)}{' '}
        filtered + {count(rejected)} rejected. {STOPPED[stoppedBy]}
      </p>
      <div class="balance" aria-hidden="true">
        {parts
          .filter(({ value }) => value > 0)
          .map(({ name, value }) => (
            <span key={name} class={name} style={{ flexGrow: Number(value) }} />
          ))}
      </div>
      <ul class="legend">
        {parts.map(({ name, value, about }) => (
          <li key={name}>
            <span class={`key ${name}`} aria-hidden="true" />
            {count(value)} {name}{' '}
            <span class="quiet">
              {percent(Number(value), all)}, {about}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const STOPPED: Readonly<Record<Receipt['stoppedBy'], string>> = {
  end: 'The source was read to its end.',
  limit: 'It stopped at the limit of the request.',
  ids: 'It stopped when all requested ids were found.',
};
