/** One job: what was asked, what happens, what came of it, and what can be done. */
import { useEffect, useState } from 'preact/hooks';
import { call, jobPath, type Problem, pause, toProblem } from './api.js';
import { Balance } from './balance-part.js';
import { now } from './clock.js';
import { type Connection, follow } from './event-stream.js';
import { parseExactly } from './exact-json.js';
import { Files } from './files-part.js';
import { bytes, count, duration, moment } from './format.js';
import { cancelJob, deleteJob, runAgain } from './job-actions.js';
import { Meter, NoteList, nameOf, progressText, rateText, State, shortId, timeText } from './job-parts.js';
import { isEnded, type Job, type JobHistory } from './model.js';
import { RejectedPart } from './rejected-part.js';
import { RequestPart } from './request-part.js';
import { hrefOf } from './route.js';
import { may } from './session.js';
import { StagesPart } from './stages-part.js';
import { type Sample, samplesOf, Throughput, withSample } from './throughput-part.js';
import { Timeline } from './timeline-part.js';

/** The view. */
export function JobView({ id }: { readonly id: string }) {
  const [job, setJob] = useState<Job | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const [connection, setConnection] = useState<Connection>('connecting');
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const [history, setHistory] = useState<JobHistory>(NO_HISTORY);

  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    setJob(undefined);
    setProblem(undefined);
    setSamples([]);
    setHistory(NO_HISTORY);
    const onEvent = ({ data }: { readonly data: string }) => {
      const seen = parseExactly<Job>(data);
      setJob((before) => ({ ...seen, request: before?.request }));
      if (seen.state !== 'running') return;
      setSamples((before) => withSample(before, seen.progress, Date.now() / 1000));
    };
    const isLast = ({ data }: { readonly data: string }) => isEnded(parseExactly<Job>(data));
    const onConnection = (state: Connection, cause?: Problem) => {
      setConnection(state);
      if (cause && !cause.isTemporary) setProblem(cause);
    };
    const read = async () => {
      for (let wait = 500; ; wait = Math.min(2 * wait, 10_000)) {
        try {
          const first = await call<Job>(jobPath(id), { signal });
          setJob(first);
          setConnection('ended');
          return first;
        } catch (cause) {
          const failure = toProblem(cause);
          if (signal.aborted || !failure.isTemporary) throw cause;
          setConnection('broken');
          await pause(wait);
        }
      }
    };
    read()
      .then((first) =>
        isEnded(first) ? undefined : follow(jobPath(id, 'events'), { onEvent, onConnection }, signal, isLast),
      )
      .catch((cause: unknown) => signal.aborted || setProblem(toProblem(cause)));
    return () => leaving.abort();
  }, [id]);

  // Another attempt, and the end, are events.
  const stage = job && `${job.state} ${job.attempts}`;
  useEffect(() => {
    if (stage === undefined) return undefined;
    const leaving = new AbortController();
    call<JobHistory>(jobPath(id, 'history'), { signal: leaving.signal })
      .then((seen) => {
        setHistory(seen);
        if (seen.samples.length > 0) setSamples(samplesOf(seen));
      })
      // What this page has seen is shown.
      .catch(() => {});
    return () => leaving.abort();
  }, [id, stage]);

  return (
    <main class="job">
      <p>
        <a href={hrefOf('jobs')}>Jobs</a>
      </p>
      {problem && (
        <div class="empty" role="alert">
          <p>{problem.status === 404 ? 'There is no such job. It may have been deleted.' : problem.message}</p>
        </div>
      )}
      {job === undefined && !problem && <p class="empty">Reading the job…</p>}
      {connection === 'broken' && !problem && (
        <p class="banner" role="alert">
          The connection broke. What is shown is as it was last seen; the console connects again by itself.
        </p>
      )}
      {job && !problem && <Parts {...{ job, samples, history }} />}
    </main>
  );
}

/** What is shown until the history is there. */
const NO_HISTORY: JobHistory = { events: [], samples: [] };

interface PartsProps {
  readonly job: Job;
  readonly samples: readonly Sample[];
  readonly history: JobHistory;
}

function Parts({ job, samples, history }: PartsProps) {
  return (
    <>
      <header class="title">
        <h1>
          {nameOf(job)} <State state={job.state} />
        </h1>
        <Actions job={job} />
      </header>
      {job.error && <ErrorPart job={job} />}
      {!isEnded(job) && (
        <div class="underway">
          <Meter job={job} />
          <p>
            {progressText(job)}{' '}
            <span class="quiet">{[rateText(job), timeText(job, now.value)].filter(Boolean).join(', ')}</span>
          </p>
        </div>
      )}
      <Facts job={job} />
      {job.rerunOf && (
        <p class="also">
          Repeats the request of <a href={hrefOf('jobs', job.rerunOf)}>export {shortId(job.rerunOf)}</a>.
        </p>
      )}
      <Throughput samples={samples} />
      {job.receipt && <Balance receipt={job.receipt} />}
      <Files job={job} />
      <Notes job={job} />
      <RejectedPart job={job} />
      {job.receipt && <StagesPart receipt={job.receipt} />}
      <RequestPart job={job} />
      <Timeline job={job} history={history} />
    </>
  );
}

function Actions({ job }: { readonly job: Job }) {
  return (
    <div class="actions">
      {may('submit') && (
        <>
          <button type="button" onClick={() => runAgain(job)}>
            Run again
          </button>
          <a class="button" href={hrefOf('new', undefined, new URLSearchParams({ like: job.id }))}>
            Change and run
          </a>
        </>
      )}
      {may('cancel') &&
        (isEnded(job) ? (
          <button type="button" onClick={() => deleteJob(job)}>
            Delete
          </button>
        ) : (
          <button type="button" onClick={() => cancelJob(job)}>
            Cancel
          </button>
        ))}
    </div>
  );
}

function ErrorPart({ job: { error } }: { readonly job: Job }) {
  if (error === undefined) return null;
  const place = [error.source, error.line === undefined ? undefined : `line ${count(error.line)}`].filter(Boolean);
  return (
    <section class="fault" aria-label="Why it failed">
      <p>{error.message}</p>
      <p class="quiet">{[error.code, error.stage && `stage ${error.stage}`, ...place].filter(Boolean).join(', ')}</p>
      {error.faults && (
        <ul>
          {error.faults.map(({ path, message }) => (
            <li key={path}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Facts({ job }: { readonly job: Job }) {
  const { progress, receipt, startedAt, endedAt } = job;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Id', job.id],
    ['Submitted', moment(job.createdAt)],
    ['Submitted by', job.submittedBy],
    ['Runs for', job.userId],
    ['Profile', job.profile],
    ['Types', job.types?.join(', ')],
    ['Priority', job.priority ? count(job.priority) : undefined],
    ['Duration', startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : undefined],
    ['Records read', count(receipt?.read ?? progress.read)],
    ['Records written', count(receipt?.written ?? progress.written)],
    ['Bytes read', bytes(Number(receipt?.bytesIn ?? progress.bytesIn))],
    ['Bytes written', receipt && bytes(Number(receipt.bytesOut))],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Notes({ job: { receipt } }: { readonly job: Job }) {
  const notes = receipt?.notes ?? [];
  if (notes.length === 0) return null;
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">Notes</h2>
      <NoteList notes={notes} />
    </section>
  );
}
