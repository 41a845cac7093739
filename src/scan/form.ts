/** What an input is, as far as its first bytes tell. */
import type { Path } from '../terms/path.js';
import type { InputForm } from '../terms/plan.js';

/** Bytes within which the form of an input must be clear. */
export const DETECTION_LIMIT = 1024 * 1024;

/** What a user should know of how an input is read, since it may be meant otherwise. */
export interface FormRemark {
  /**
   * The input is read as a document with its entities at the path, or with its only entity there; as records that each
   * have an array there; or as a part of an array, of which a bracket is missing.
   */
  readonly kind: 'document' | 'entity' | 'records' | 'part';
  readonly path?: Path;
}

/** The form of an input, and the path to its entities. */
export interface DetectedForm {
  readonly form: InputForm;
  readonly path: Path;
  /** The value that the path leads to is the only entity. */
  readonly isEntity?: boolean;
  readonly remark?: FormRemark;
}

/** Paths where documents keep their entities: in the importable form, and in a response of the platform. */
export const KNOWN_PATHS: readonly (readonly string[])[] = [['entities'], ['response', 'entities']];

/** The first object of an input, by its first-level members. */
export interface Front {
  /** Whether it is complete, ends beyond the available bytes, or is not valid. */
  readonly is: 'complete' | 'cut' | 'faulty';
  /** The offset after it, or after the available bytes. */
  readonly after: number;
  /** The first known path at which it has an array, before an id or type. */
  readonly known?: Path;
  readonly hasId: boolean;
  readonly hasType: boolean;
}
