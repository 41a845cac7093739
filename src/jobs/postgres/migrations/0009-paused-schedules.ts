/** Migration 9: schedules that wait until they are resumed. */

/** @param schema an escaped identifier */
export const pausedSchedules = (schema: string): string => `
ALTER TABLE ${schema}.schedule ADD COLUMN paused boolean NOT NULL DEFAULT false;
`;
