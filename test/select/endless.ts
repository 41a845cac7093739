/** For tests: an endless source that records whether it was closed. */
export interface Endless<T> extends AsyncIterable<T> {
  readonly returned: boolean;
}

export function endless<T>(make: (index: number) => T): Endless<T> {
  let returned = false;
  return {
    get returned() {
      return returned;
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (let index = 0; ; index++) yield make(index);
      } finally {
        returned = true;
      }
    },
  };
}
