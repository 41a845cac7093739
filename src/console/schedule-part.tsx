/** Saves a new export as a schedule. */
import { useState } from 'preact/hooks';
import { call, toProblem } from './api.js';
import { ChoiceField, faultsAt, TextField } from './form-fields.js';
import type { Fault } from './model.js';
import { notify } from './notices.js';
import { goTo } from './route.js';

const UNITS = [
  ['60000', 'minutes'],
  ['3600000', 'hours'],
  ['86400000', 'days'],
  ['1000', 'seconds'],
] as const;

const KINDS = [
  ['cron', 'at times, as of cron'],
  ['every', 'every so often'],
] as const;

/** Paths that have a field. */
const FIELDS = ['name', 'cron', 'timeZone', 'everyMs'];

interface SchedulePartProps {
  /** The request as JSON. */
  readonly request: string;
  /** Further members of the submission as JSON, each after a comma. */
  readonly others: string;
  readonly isValid: boolean;
  /** Whether it is open at first. */
  readonly isWanted: boolean;
}

/** The section. */
export function SchedulePart({ request, others, isValid, isWanted }: SchedulePartProps) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState('cron');
  const [every, setEvery] = useState('1');
  const [unit, setUnit] = useState('3600000');
  const [cron, setCron] = useState('30 2 * * *');
  const [timeZone, setTimeZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [isDelta, setDelta] = useState(false);
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [isSaving, setSaving] = useState(false);
  const elsewhere = faults.filter((fault) => faultsAt([fault], ...FIELDS).length === 0);
  const save = async () => {
    setSaving(true);
    const times = kind === 'cron' ? { cron: cron.trim(), timeZone: timeZone.trim() } : { everyMs: timeOf(every, unit) };
    const given = { ...times, ...(name.trim() === '' ? {} : { name: name.trim() }) };
    try {
      const body = `{"request":${isDelta ? asDelta(request) : request}${others},${JSON.stringify(given).slice(1)}`;
      await call('schedules', { method: 'POST', body });
      notify('The schedule is saved.');
      goTo('schedules');
    } catch (cause) {
      const problem = toProblem(cause);
      setFaults(problem.faults);
      if (problem.faults.length === 0) notify(problem.message, true);
      setSaving(false);
    }
  };
  return (
    <details class="schedule" open={isWanted}>
      <summary>Save as a schedule</summary>
      <TextField label="Name of the schedule" value={name} faults={faultsAt(faults, 'name')} onChange={setName} />
      <ChoiceField label="When" value={kind} choices={KINDS} onChange={setKind} />
      {kind === 'cron' ? (
        <>
          <TextField
            label="Pattern"
            hint="Minute, hour, day of month, month, day of week: 30 2 * * 1-5 is half past two on working days."
            value={cron}
            faults={faultsAt(faults, 'cron')}
            onChange={setCron}
          />
          <TextField
            label="Time zone"
            hint="Such as Europe/Berlin."
            value={timeZone}
            faults={faultsAt(faults, 'timeZone')}
            onChange={setTimeZone}
          />
        </>
      ) : (
        <div class="pair">
          <TextField label="Every" value={every} faults={faultsAt(faults, 'everyMs')} onChange={setEvery} />
          <ChoiceField label="Unit" value={unit} choices={UNITS} onChange={setUnit} />
        </div>
      )}
      <label class="check">
        <input type="checkbox" checked={isDelta} onChange={({ currentTarget }) => setDelta(currentTarget.checked)} />
        Only what has changed since the run before
      </label>
      {elsewhere.length > 0 && (
        <p class="bad" role="alert">
          {elsewhere.map(({ message }) => message).join('; ')}
        </p>
      )}
      <button type="button" disabled={!isValid || isSaving} onClick={save}>
        Save the schedule
      </button>
    </details>
  );
}

/** The request as a delta; its other members stay as they are written. */
function asDelta(request: string): string {
  return request.replace(/^\s*\{\s*(\}?)/, (_begin, end) => `{"delta":{"against":"previous"}${end === '' ? ',' : '}'}`);
}

/** Milliseconds; the service says what is wrong with anything else. */
function timeOf(every: string, unit: string): number | string {
  const number = Number(every.trim().replace(',', '.'));
  return every.trim() === '' || Number.isNaN(number) ? every : Math.round(number * Number(unit));
}
