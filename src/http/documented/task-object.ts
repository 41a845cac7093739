/** Objects of the documented services that report tasks, and their form. */
import type { JobSummary } from '../../jobs/job.js';

/** Value of an attribute. */
export type AttributeValue = string | number | boolean;

/** Attributes by name; undefined ones are omitted. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

/** An object that reports a task. */
export interface TaskObject {
  readonly id: string;
  readonly name: string;
  /** Its time, in milliseconds since 1970. */
  readonly at: number;
  readonly properties: Attributes;
  readonly attributes: Attributes;
}

/** The objects of a job; stable for the same job. */
export type ObjectsOf = (job: JobSummary) => readonly TaskObject[];

/** The latest time in JavaScript. */
const LATEST_MS = 8.64e15;

/** A time as the platform writes it: `2018-07-19T08:18:30.557+0000`. */
export function documentedTime(time: number): string {
  return new Date(Math.min(time, LATEST_MS)).toISOString().replace('Z', '+0000');
}

/** The documented properties of an object. */
export function propertiesOf({ facts }: JobSummary, created: number, modified: number): Attributes {
  return {
    createdBy: facts?.submittedBy,
    createdDate: documentedTime(created),
    modifiedBy: facts?.submittedBy,
    modifiedDate: documentedTime(modified),
  };
}

/** The JSON text of an object in the documented form, with the requested attributes; absent means all. */
export function objectText(type: string, object: TaskObject, names: readonly string[] | undefined): string {
  const { id, name, properties, attributes } = object;
  const shown = Object.entries(attributes).filter(
    ([attribute, value]) => value !== undefined && (names === undefined || names.includes(attribute)),
  );
  const values = (value: AttributeValue | undefined) => ({
    values: [{ source: 'internal', locale: 'en-US', value }],
  });
  return JSON.stringify({
    id,
    name,
    type,
    properties,
    data: { attributes: Object.fromEntries(shown.map(([attribute, value]) => [attribute, values(value)])) },
  });
}
