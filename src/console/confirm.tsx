/** A question before something that cannot be undone, in the browser's own dialog element. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

interface Question {
  readonly title: string;
  readonly text: string;
  /** The word on the button that goes ahead. */
  readonly verb: string;
  readonly answer: (isYes: boolean) => void;
}

const question = signal<Question | undefined>(undefined);

/** Asks; resolves with whether to go ahead. */
export function confirm(title: string, text: string, verb: string): Promise<boolean> {
  question.value?.answer(false);
  return new Promise((resolve) => {
    const answer = (isYes: boolean) => {
      question.value = undefined;
      resolve(isYes);
    };
    question.value = { title, text, verb, answer };
  });
}

/** Where questions are shown. */
export function Confirm() {
  const dialog = useRef<HTMLDialogElement>(null);
  const asked = question.value;
  useEffect(() => {
    if (asked) dialog.current?.showModal();
    else dialog.current?.close();
  }, [asked]);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onClose={() => asked?.answer(false)}>
      {asked && (
        <>
          <h2 id="confirm-title">{asked.title}</h2>
          <p>{asked.text}</p>
          <div class="actions">
            <button type="button" onClick={() => asked.answer(false)}>
              Back
            </button>
            <button type="button" class="danger" onClick={() => asked.answer(true)}>
              {asked.verb}
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}
