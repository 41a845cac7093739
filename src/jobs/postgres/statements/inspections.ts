/** The statements of inspections. */

/** Parameters: tenant. Rows: its inspection, or none. */
export const getInspection = (schema: string): string =>
  `SELECT inspection FROM ${schema}.inspection WHERE tenant = $1`;

/** Parameters: tenant, inspection. */
export const putInspection = (schema: string): string => `
INSERT INTO ${schema}.inspection (tenant, inspection) VALUES ($1, $2)
ON CONFLICT (tenant) DO UPDATE SET inspection = excluded.inspection`;
