/** The types that the source has, with their numbers: each is chosen and left out by a button. */
import { now } from './clock.js';
import { ago, count, plural } from './format.js';
import { namesIn } from './request-form.js';
import type { KnownSource } from './source-store.js';

/** Types that have a button. */
const MOST = 20;

interface SeenTypesProps {
  readonly source: KnownSource;
  /** The chosen types, as the form has them. */
  readonly value: string;
  readonly onChange: (types: string) => void;
}

/** The group. */
export function SeenTypes({ source, value, onChange }: SeenTypesProps) {
  const { inspection, isReading, problem, look } = source;
  const chosen = namesIn(value) ?? [];
  const isChosen = (type: string) => chosen.some((one) => one.toLowerCase() === type.toLowerCase());
  const toggle = (type: string) => {
    const others = chosen.filter((one) => one.toLowerCase() !== type.toLowerCase());
    onChange((others.length < chosen.length ? others : [...chosen, type]).join(', '));
  };
  return (
    <fieldset class="chips seen">
      <legend class="unseen">Types in the source</legend>
      {inspection?.types.slice(0, MOST).map(({ type, records }) =>
        type === undefined ? null : (
          <button key={type} type="button" class="chip" aria-pressed={isChosen(type)} onClick={() => toggle(type)}>
            {type} <span class="number">{count(records)}</span>
          </button>
        ),
      )}
      <p class={problem === '' ? 'quiet' : 'bad'} aria-live="polite">
        {isReading ? 'Looking at the source…' : problem === '' ? summary(source) : problem}{' '}
        {!isReading && (inspection || problem !== '') && (
          <button type="button" class="plain" onClick={look}>
            Look again
          </button>
        )}
      </p>
    </fieldset>
  );
}

/** How much was seen, and when. */
function summary({ inspection }: KnownSource): string {
  if (inspection === undefined) return '';
  const { records, stoppedBy, inspectedAt, error, types, moreTypes } = inspection;
  const when = ago(inspectedAt, now.value);
  const entities = plural(records, 'entity', 'entities');
  const more = moreTypes || types.length > MOST ? ' There are more types.' : '';
  if (stoppedBy === 'end') return `${entities}, ${when}.${more}`;
  if (stoppedBy === 'fault') return `${entities} before a fault, ${when}: ${error?.message}${more}`;
  return `In the first ${entities}, ${when}.${more}`;
}
