/** A new export: a form, or the request as JSON, with what would happen beside it. */
import { useEffect, useState } from 'preact/hooks';
import { call, jobPath, toProblem } from './api.js';
import { writeExactly } from './exact-json.js';
import { ExplanationPart, useExplanation } from './explanation-part.js';
import { faultsAt, TextField } from './form-fields.js';
import type { Job } from './model.js';
import { notify } from './notices.js';
import { PreviewPart } from './preview-part.js';
import { RequestFields } from './request-fields.js';
import { EMPTY_FORM, toRequest } from './request-form.js';
import { goTo, route } from './route.js';
import { SchedulePart } from './schedule-part.js';
import { useService } from './service-store.js';
import { may } from './session.js';
import { useSource } from './source-store.js';

/** The view. */
export function NewView() {
  const [form, setForm] = useState(EMPTY_FORM);
  /** The request as JSON, once it is written by hand. */
  const [text, setText] = useState<string | undefined>(undefined);
  const [priority, setPriority] = useState('');
  const [webhook, setWebhook] = useState('');
  const [isSending, setSending] = useState(false);
  const profiles = useService()?.profiles ?? [];
  const source = useSource();
  const request = text ?? writeExactly(toRequest(form));
  const others = membersOf(priority.trim(), webhook.trim());
  const body = `{"request":${request}${others}}`;
  const explained = useExplanation(body);
  const { faults } = explained;
  const isValid = explained.problem === undefined && !explained.isOld;
  const { query } = route.value;
  const like = query.get('like');

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
              <RequestFields {...{ form, faults, profiles, source }} onChange={setForm} />
            ) : (
              <TextField
                label="Request as JSON"
                hint="In the form of the library, or as the documented body, which has params. It keeps all digits."
                lines={18}
                value={text}
                faults={faults.map(({ path, message, ...fault }) => ({
                  ...fault,
                  path,
                  message: `${path}: ${message}`,
                }))}
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
          <button type="submit" class="main" disabled={isSending || !isValid}>
            Export
          </button>
          {may('read') && <PreviewPart body={body} isValid={isValid} />}
          <SchedulePart {...{ request, others }} isValid={isValid} isWanted={query.has('schedule')} />
        </div>
      </form>
    </main>
  );
}

/** The members of a submission beside the request as JSON, each after a comma. */
function membersOf(priority: string, webhook: string): string {
  const members: string[] = [];
  if (priority !== '') members.push(`"priority":${/^-?\d+$/.test(priority) ? priority : JSON.stringify(priority)}`);
  if (webhook !== '') members.push(`"webhook":${JSON.stringify(webhook)}`);
  return members.map((member) => `,${member}`).join('');
}

/** A key under which a submission that is sent twice makes one job. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
