/** A new export: a form, or the request as JSON, with what would happen beside it. */
import { useEffect, useState } from 'preact/hooks';
import { call, jobPath, toProblem } from './api.js';
import { ConditionsPart } from './conditions-part.js';
import { writeExactly } from './exact-json.js';
import { ExplanationPart, useExplanation } from './explanation-part.js';
import { ChoiceField, faultsAt, TextField } from './form-fields.js';
import type { Fault, Job, Profile } from './model.js';
import { notify } from './notices.js';
import { EMPTY_FORM, type RequestForm, toRequest } from './request-form.js';
import { goTo, route } from './route.js';
import { useService } from './service-store.js';

/** The view. */
export function NewView() {
  const [form, setForm] = useState(EMPTY_FORM);
  /** The request as JSON, once it is written by hand. */
  const [text, setText] = useState<string | undefined>(undefined);
  const [priority, setPriority] = useState('');
  const [webhook, setWebhook] = useState('');
  const [isSending, setSending] = useState(false);
  const profiles = useService()?.profiles ?? [];
  const request = text ?? writeExactly(toRequest(form));
  const body = submissionOf(request, priority.trim(), webhook.trim());
  const explained = useExplanation(body);
  const { faults } = explained;
  const like = route.value.query.get('like');

  useEffect(() => {
    if (like === null) return;
    call<Job>(jobPath(like))
      .then((job) => setText(writeExactly(job.request)))
      .catch((cause: unknown) => notify(toProblem(cause).message, true));
  }, [like]);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setSending(true);
    try {
      const headers = { 'idempotency-key': newKey() };
      const job = await call<Job>('jobs', { method: 'POST', body, headers });
      notify('The export is submitted.');
      goTo('jobs', job.id);
    } catch (cause) {
      notify(toProblem(cause).message, true);
      setSending(false);
    }
  }

  return (
    <main class="new">
      <h1>New export</h1>
      <form class="columns" onSubmit={submit}>
        <div>
          <div class="tabs">
            <button type="button" aria-pressed={text === undefined} onClick={() => setText(undefined)}>
              Form
            </button>
            <button type="button" aria-pressed={text !== undefined} onClick={() => setText(request)}>
              JSON
            </button>
          </div>
          <section aria-label="Request">
            {text === undefined ? (
              <FormFields form={form} faults={faults} profiles={profiles} onChange={setForm} />
            ) : (
              <TextField
                label="Request as JSON"
                hint="In the form of the library, or as the documented body, which has params. It keeps all digits."
                lines={18}
                value={text}
                onChange={setText}
              />
            )}
            <TextField
              label="Priority"
              hint="From -100 to 100; waiting exports with a higher one start first. Without one: 0."
              value={priority}
              faults={faultsAt(faults, 'priority')}
              onChange={setPriority}
            />
            <TextField
              label="Webhook"
              hint="An address that is told of the end by a POST. Without one: those of the tenant."
              value={webhook}
              faults={faultsAt(faults, 'webhook')}
              onChange={setWebhook}
            />
          </section>
        </div>
        <div class="beside">
          <ExplanationPart {...explained} />
          <button type="submit" class="main" disabled={isSending || explained.problem !== undefined || explained.isOld}>
            Export
          </button>
        </div>
      </form>
    </main>
  );
}

/** A submission as JSON. @param request as JSON, as it was written */
function submissionOf(request: string, priority: string, webhook: string): string {
  const members = [`"request":${request}`];
  if (priority !== '') members.push(`"priority":${/^-?\d+$/.test(priority) ? priority : JSON.stringify(priority)}`);
  if (webhook !== '') members.push(`"webhook":${JSON.stringify(webhook)}`);
  return `{${members.join(',')}}`;
}

/** A key under which a submission that is sent twice makes one job. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const KEEP = [
  ['all', 'Complete entities'],
  ['attributes', 'These attributes'],
  ['include', 'These paths, and nothing else'],
  ['exclude', 'All but these paths'],
] as const;

const FORMATS = [
  ['', 'as usual'],
  ['json', 'JSON document'],
  ['array', 'JSON array'],
  ['ndjson', 'lines of JSON'],
  ['dsv', 'table (CSV)'],
  ['xlsx', 'workbook (Excel)'],
] as const;

const PACKS = [
  ['', 'as usual'],
  ['zip', 'zip'],
  ['gzip', 'gzip'],
  ['zstd', 'Zstandard'],
  ['none', 'none'],
] as const;

interface FormProps {
  readonly form: RequestForm;
  readonly faults: readonly Fault[];
  readonly profiles: readonly Profile[];
  readonly onChange: (form: RequestForm) => void;
}

function FormFields({ form, faults, profiles, onChange }: FormProps) {
  const set = (change: Partial<RequestForm>) => onChange({ ...form, ...change });
  const names = profiles.map(({ name }): [string, string] => [name, name]);
  return (
    <>
      <div class="pair">
        <TextField
          label="Types"
          hint="Separated by commas. Without any: all."
          value={form.types}
          faults={faultsAt(faults, 'types')}
          onChange={(types) => set({ types })}
        />
        <TextField
          label="Most records"
          hint="Without a number: no limit."
          value={form.maxRecords}
          faults={faultsAt(faults, 'maxRecords')}
          onChange={(maxRecords) => set({ maxRecords })}
        />
      </div>
      <TextField
        label="Ids"
        hint="Separated by commas, or one a line. Without any: all."
        lines={2}
        value={form.ids}
        faults={faultsAt(faults, 'ids')}
        onChange={(ids) => set({ ids })}
      />
      <ConditionsPart lines={form.conditions} faults={faults} onChange={(conditions) => set({ conditions })} />
      <TextField
        label="Words"
        hint="All must occur in the name, the attributes or the properties."
        value={form.keywords}
        faults={faultsAt(faults, 'criteria.keywords')}
        onChange={(keywords) => set({ keywords })}
      />
      <div class="pair">
        <ChoiceField
          label="Keep"
          value={form.keep}
          choices={KEEP}
          onChange={(keep) => set({ keep: KEEP.find(([one]) => one === keep)?.[0] ?? 'all' })}
        />
        {form.keep !== 'all' && (
          <TextField
            label="Names"
            hint="Separated by commas, such as price.amount."
            value={form.names}
            faults={faultsAt(faults, 'fields')}
            onChange={(kept) => set({ names: kept })}
          />
        )}
      </div>
      <div class="pair">
        <ChoiceField
          label="Profile"
          value={form.profile}
          choices={[['', 'none'], ...names]}
          faults={faultsAt(faults, 'profile').filter(({ path }) => path === 'profile')}
          onChange={(profile) => set(profile === '' ? { profile } : { profile, format: '', pack: '' })}
        />
        <TextField
          label="Order"
          hint="A path with asc or desc, such as price.amount desc."
          value={form.sort}
          faults={faultsAt(faults, 'sort')}
          onChange={(sort) => set({ sort })}
        />
      </div>
      {form.profile === '' && (
        <div class="pair">
          <ChoiceField
            label="Format"
            value={form.format}
            choices={FORMATS}
            faults={faultsAt(faults, 'profile.format')}
            onChange={(format) => set({ format })}
          />
          <ChoiceField
            label="Packing"
            value={form.pack}
            choices={PACKS}
            faults={faultsAt(faults, 'profile.pack')}
            onChange={(pack) => set({ pack })}
          />
        </div>
      )}
      <TextField
        label="Name of the file"
        hint="Without its extension."
        value={form.fileName}
        faults={faultsAt(faults, 'fileName')}
        onChange={(fileName) => set({ fileName })}
      />
    </>
  );
}
