/** The statement that sets the limit of a tenant. */

/**
 * Sets the maximum of running jobs of a tenant, which all processes then heed; writes only what is new.
 * Parameters: tenant, maximum.
 */
export const limitRunning = (schema: string): string => `
INSERT INTO ${schema}.tenant AS known (name, most_running) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET most_running = excluded.most_running
WHERE known.most_running IS DISTINCT FROM excluded.most_running`;

/** Removes the limits of single tenants. */
export const unlimitTenants = (schema: string): string =>
  `UPDATE ${schema}.tenant SET most_running = NULL WHERE most_running IS NOT NULL`;
