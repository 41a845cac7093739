/** How the attributes of a documented service are looked up: in the search of jobs, or in its objects. */
import type { FactName, TimeName } from '../../jobs/job-search.js';

/** What an attribute of a service is. */
export type AttributeKind =
  /** The id of the task. */
  | { readonly kind: 'task' }
  /** The same for all tasks; without a value, none has it. */
  | { readonly kind: 'constant'; readonly value?: string }
  /** The documented status. */
  | { readonly kind: 'status' }
  /** A fact of the job. */
  | { readonly kind: 'fact'; readonly fact: FactName }
  /** A time of the job. */
  | { readonly kind: 'time'; readonly time: TimeName }
  /** A text of each object. */
  | { readonly kind: 'text' }
  /** The time of each object. */
  | { readonly kind: 'own time' };

/** The attributes of a service that bodies filter and sort by. */
export type AttributeKinds = Readonly<Record<string, AttributeKind>>;

const EXPORT: AttributeKind = { kind: 'constant', value: 'ENTITY_EXPORT' };
const SUBMITTED_BY: AttributeKind = { kind: 'fact', fact: 'submittedBy' };
const PROFILE: AttributeKind = { kind: 'fact', fact: 'profileName' };
const FILE_TYPE: AttributeKind = { kind: 'fact', fact: 'fileType' };

/** The attributes of tasks that their events have, too. */
export const TASK_ATTRIBUTES: AttributeKinds = {
  taskId: { kind: 'task' },
  workAutomationId: { kind: 'task' },
  taskType: EXPORT,
  profileType: EXPORT,
  profileName: PROFILE,
  integrationType: { kind: 'constant', value: 'User' },
  parentTaskId: { kind: 'constant' },
  userId: SUBMITTED_BY,
  submittedBy: SUBMITTED_BY,
  fileType: FILE_TYPE,
  formatter: FILE_TYPE,
  entityId: { kind: 'fact', fact: 'entityId' },
};

/** The properties of tasks. */
export const TASK_PROPERTIES: AttributeKinds = {
  createdDate: { kind: 'time', time: 'createdAt' },
  modifiedDate: { kind: 'time', time: 'changedAt' },
  createdBy: SUBMITTED_BY,
};
