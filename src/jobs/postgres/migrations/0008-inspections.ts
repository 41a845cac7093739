/** Migration 8: what is known of the sources of tenants. */

/** @param schema an escaped identifier */
export const inspections = (schema: string): string => `
CREATE TABLE ${schema}.inspection (
  tenant text PRIMARY KEY,
  inspection json NOT NULL
);
`;
