/** The address of a view: after the hash, so that the service has one page and a view can be sent to a colleague. */
import { signal } from '@preact/signals';

/** A place in the console. */
export interface Route {
  readonly view: string;
  readonly id?: string;
  readonly query: URLSearchParams;
}

function parseRoute(hash: string): Route {
  const [path, query] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', id] = path.split('/', 2).map(decode);
  return { view: view === '' ? 'jobs' : view, query: new URLSearchParams(query), ...(id ? { id } : {}) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The place that is shown. */
export const route = signal<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

/** The address of a view. */
export function hrefOf(view: string, id?: string, query?: URLSearchParams): string {
  const text = query?.toString() ?? '';
  return `#/${view}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${text === '' ? '' : `?${text}`}`;
}

/** Goes to a view. */
export function goTo(view: string, id?: string): void {
  location.hash = hrefOf(view, id);
}

/** Changes the query of this view, without a new entry in the history. */
export function setQuery(change: Readonly<Record<string, string | undefined>>): void {
  const { view, id, query } = route.value;
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value);
  }
  history.replaceState(null, '', hrefOf(view, id, next));
  route.value = parseRoute(location.hash);
}
