/** Migration 5: limits of single tenants. */

/** @param schema an escaped identifier */
export const tenantLimits = (schema: string): string => `
-- Maximum of running jobs, as of the newest submission; null: that of the process that claims.
ALTER TABLE ${schema}.tenant ADD COLUMN most_running integer;
`;
