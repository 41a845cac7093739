/** Short messages about what an action has done, read out by screen readers. */
import { signal } from '@preact/signals';

interface Notice {
  readonly key: number;
  readonly text: string;
  readonly isBad: boolean;
}

const notices = signal<readonly Notice[]>([]);
let last = 0;

/** Shows a message for some seconds; failures stay until they are closed. */
export function notify(text: string, isBad = false): void {
  const key = ++last;
  notices.value = [...notices.value.slice(-3), { key, text, isBad }];
  if (!isBad) setTimeout(() => close(key), 6000);
}

function close(key: number): void {
  notices.value = notices.value.filter((notice) => notice.key !== key);
}

/** Where messages are shown. */
export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ key, text, isBad }) => (
        <div key={key} class={isBad ? 'notice bad' : 'notice'}>
          <span>{text}</span>
          <button type="button" class="plain" aria-label="Close this message" onClick={() => close(key)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
