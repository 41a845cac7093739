/** The names of the files of one result. */

/** How files are called. */
export interface FileNames {
  /** The only file. */
  readonly plain: string;
  /** The file after it, where there are two at most. */
  readonly second?: string;
  /** The names of several files in their order; each is there before the first piece of its file. Then no other counts. */
  readonly listed?: readonly string[];
  /** Several files: the number of each, from 1, is between these. Absent: there is only one file. */
  readonly numbered?: { readonly before: string; readonly after: string };
}

/** The name of a file by its number, from 1, where there are several if `numbered` says so. */
export function nameOfFile({ plain, second, listed, numbered }: FileNames, number: number): string {
  const name = listed?.[number - 1];
  if (name !== undefined) return name;
  if (numbered) return `${numbered.before}${number}${numbered.after}`;
  return number === 1 ? plain : (second ?? plain);
}
