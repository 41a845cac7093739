/** Cases of a conformance suite, for any test runner. */

/** One case: it resolves if the implementation conforms, and rejects with an `AssertionError` if it does not. */
export interface ConformanceCase {
  /** What the implementation does, to be the name of a test. */
  readonly name: string;
  /** Runs the case with an implementation of its own; may be called again. */
  readonly run: () => Promise<void>;
}

/** How long a call that must settle may take, in milliseconds. */
const SETTLES_MS = 5_000;

/** Rejects if a promise does not settle soon: an implementation may hang, and a test runner would not say where. */
export async function settles<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle within ${SETTLES_MS} ms`)), SETTLES_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
