/** Where the files of a result end, while their bytes pass as one stream to a folder. */

/** The files of a result, as far as they are known. */
export interface FileMarks {
  /** The offset in the stream at which each file ends; it is there before the first byte behind it. */
  readonly ends: readonly number[];
  /** The names of the files in the same order; complete when the stream has ended. */
  readonly names: readonly string[];
}

/** The same, for the stage that makes the files. */
export interface OpenFileMarks extends FileMarks {
  readonly ends: number[];
  readonly names: string[];
}
