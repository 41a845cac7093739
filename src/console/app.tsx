/** The frame around all views: navigation, who is signed in, messages. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call, pause, toProblem } from './api.js';
import { Confirm } from './confirm.js';
import { JobView } from './job-view.js';
import { JobsView } from './jobs-view.js';
import { NewView } from './new-view.js';
import { Notices } from './notices.js';
import { isOnline } from './online.js';
import { hrefOf, route } from './route.js';
import { SchedulesView } from './schedules-view.js';
import { ServiceView } from './service-view.js';
import { type Caller, caller, isRefused, may, type Right, signOut, token } from './session.js';
import { SignIn } from './sign-in.js';

const VIEWS: readonly { readonly view: string; readonly name: string; readonly right: Right }[] = [
  { view: 'jobs', name: 'Jobs', right: 'read' },
  { view: 'new', name: 'New export', right: 'submit' },
  { view: 'schedules', name: 'Schedules', right: 'read' },
  { view: 'service', name: 'Service', right: 'read' },
];

/** The console. */
export function App() {
  useCaller();
  const { view, id } = route.value;
  useEffect(() => {
    document.title = `${id ?? VIEWS.find((one) => one.view === view)?.name ?? 'Not found'} · sluice`;
  }, [view, id]);
  const who = caller.value;
  const mayEnter = who !== undefined && !isRefused.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={hrefOf('jobs')}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3 2.5v11M13 2.5v11M3 5.5h10M6.3 9v4.5M9.7 9v4.5" />
          </svg>
          sluice
        </a>
        {mayEnter && (
          <nav aria-label="Views">
            {VIEWS.filter(({ right }) => may(right)).map((one) => (
              <a key={one.view} href={hrefOf(one.view)} aria-current={one.view === view ? 'page' : undefined}>
                {one.name}
              </a>
            ))}
          </nav>
        )}
        {mayEnter && <Who {...who} />}
        {mayEnter && token.value !== undefined && (
          <button type="button" class="plain" onClick={signOut}>
            Sign out
          </button>
        )}
      </header>
      <div id="content" tabIndex={-1}>
        {!isOnline.value && (
          <p class="banner offline" role="alert">
            The browser is offline. What is shown is as it was last seen.
          </p>
        )}
        {isRefused.value ? <SignIn /> : mayEnter ? <View view={view} id={id} /> : <Connecting />}
      </div>
      <Notices />
      <Confirm />
    </>
  );
}

/** Why the service could not be asked who the caller is. */
const failure = signal('');

function Connecting() {
  if (failure.value === '') return <p class="empty">Connecting…</p>;
  return (
    <p class="empty" role="alert">
      {failure.value} The console tries again by itself.
    </p>
  );
}

function Who({ tenant, user, rights }: Caller) {
  const words = [user, tenant, rights.includes('submit') || rights.includes('cancel') ? undefined : 'read only'];
  return <span class="who">{words.filter(Boolean).join(', ')}</span>;
}

function View({ view, id }: { readonly view: string; readonly id: string | undefined }) {
  const { right } = VIEWS.find((one) => one.view === view) ?? {};
  if (right !== undefined && !may(right)) {
    return <main class="empty">{right === 'read' ? 'You may not look at jobs.' : 'You may not ask for exports.'}</main>;
  }
  if (view === 'jobs') return id === undefined ? <JobsView /> : <JobView id={id} />;
  if (view === 'new') return <NewView />;
  if (view === 'schedules') return <SchedulesView />;
  if (view === 'service') return <ServiceView />;
  return (
    <main class="empty">
      <h1>There is no such view</h1>
      <a href={hrefOf('jobs')}>Jobs</a>
    </main>
  );
}

/** Asks who the caller is, whenever the token has changed. */
function useCaller(): void {
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const ask = async () => {
      for (let wait = 500; !signal.aborted; wait = Math.min(2 * wait, 10_000)) {
        try {
          caller.value = await call<Caller>('me', { signal });
          return;
        } catch (cause) {
          const problem = toProblem(cause);
          if (signal.aborted || problem.status === 401) return;
          failure.value = problem.message;
          await pause(wait);
        }
      }
    };
    caller.value = undefined;
    void ask();
    return () => leaving.abort();
  }, [token.value]);
}
