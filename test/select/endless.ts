/** For tests: a source that never ends by itself, and remembers whether it was told to end. */
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
