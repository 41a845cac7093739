/** Migrates the tables to this version of sluice. */
import type { ClientBase } from 'pg';
import { SluiceError } from '../../../terms/errors.js';
import { jobs } from './0001-jobs.js';
import { lostAttempts } from './0002-lost-attempts.js';
import { jobFacts } from './0003-job-facts.js';
import { priorities } from './0004-priorities.js';
import { tenantLimits } from './0005-tenant-limits.js';
import { webhooks } from './0006-webhooks.js';
import { schedules } from './0007-schedules.js';
import { inspections } from './0008-inspections.js';
import { pausedSchedules } from './0009-paused-schedules.js';
import { histories } from './0010-histories.js';
import { workers } from './0011-workers.js';

/** All migrations in order; an existing one never changes. */
const MIGRATIONS: readonly ((schema: string) => string)[] = [
  ...[
    jobs,
    lostAttempts,
    jobFacts,
    priorities,
    tenantLimits,
    webhooks,
    schedules,
    inspections,
    pausedSchedules,
    histories,
    workers,
  ],
];

/**
 * Applies the missing migrations, all or none. The caller must have exclusive access.
 * @param schema an escaped identifier
 * @throws SluiceError `INVALID` if a newer version of sluice has created the tables
 */
export async function migrate(client: ClientBase, schema: string): Promise<void> {
  await client.query('BEGIN');
  try {
    // A role that may not create anything may not state "if not exists" either.
    const { rows: found } = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
      `${schema}.migration`,
    ]);
    if (found[0]?.exists !== true) {
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.migration (
        version integer PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    }
    const known = await client.query<{ version: number }>(
      `SELECT coalesce(max(version), 0) AS version FROM ${schema}.migration`,
    );
    const version = known.rows[0]?.version ?? 0;
    if (version > MIGRATIONS.length) {
      const message = `the jobs in schema ${schema} belong to a newer version of sluice (${version}; this one knows ${MIGRATIONS.length})`;
      throw new SluiceError('INVALID', 'job', message);
    }
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < version) continue;
      await client.query(migration(schema));
      await client.query(`INSERT INTO ${schema}.migration (version) VALUES ($1)`, [index + 1]);
    }
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    throw cause;
  }
}
