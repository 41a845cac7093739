/** The statement that makes a secret, or finds it. */

/**
 * The secret under a name; the one that is given where there is none.
 * Parameters: name, the secret that would be new.
 * Rows: one, the secret that all have.
 */
export const shareSecret = (schema: string): string => `
WITH made AS (
  INSERT INTO ${schema}.secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING value
)
SELECT value FROM made UNION ALL SELECT value FROM ${schema}.secret WHERE name = $1 LIMIT 1`;
