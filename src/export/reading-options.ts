/** The options of a plan that say how records are read, in the order of the help. */
import type { PlanOptions } from './plan-options.js';

export const READING_OPTIONS = [
  'input',
  'path',
  'unwrap',
  'keep',
  'explode',
  'nest',
  'idFromKey',
  'idField',
  'typeField',
  'trust',
  'onError',
  'maxDepth',
  'maxEntityBytes',
] as const satisfies readonly (keyof PlanOptions)[];
