/** The engine of many processes does what every engine must. */
import { describe } from 'vitest';
import { openPostgresEngine } from '../../../src/jobs/postgres/open-postgres-jobs.js';
import { jobEngineCases } from '../../cases/job-engine.cases.js';
import { makeDatabase, POSTGRES } from '../../servers/postgres-database.js';

describe.skipIf(!POSTGRES)('over a database', () => {
  jobEngineCases('PostgreSQL', async (limits, now) => {
    const database = await makeDatabase();
    const open = () => openPostgresEngine({ connection: database.url, limits, now });
    let engine = await open();
    return {
      engine,
      async reopen() {
        await engine.close();
        engine = await open();
        return engine;
      },
      async dispose() {
        await engine.close();
        await database.drop();
      },
    };
  });
});
