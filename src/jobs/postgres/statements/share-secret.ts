/** The statement that creates or reads a secret. */

/**
 * The secret under a name; the given one if there is none.
 * Parameters: name, a new secret.
 * Rows: one, the secret that all engines share.
 */
export const shareSecret = (schema: string): string => `
WITH made AS (
  INSERT INTO ${schema}.secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING value
)
SELECT value FROM made UNION ALL SELECT value FROM ${schema}.secret WHERE name = $1 LIMIT 1`;
