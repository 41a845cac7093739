/** Interfaces and pages follow from the tables of options; `npm run options` writes both. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RUN_OPTIONS } from '../../src/export/export-options.js';
import { PLAN_OPTIONS } from '../../src/export/plan-options.js';
import { CONNECTION_OPTIONS, SERVICE_OPTIONS } from '../../src/http/service-options.js';
import {
  FOLDER_JOBS_OPTIONS,
  FOLDER_OPTIONS,
  JOB_RETRY,
  JOBS_OPTIONS,
  SLICE_LIMITS,
  TENANT_LIMITS,
} from '../../src/jobs/jobs-options.js';
import { DOCUMENTED_MEMBERS } from '../../src/request/accept/documented-members.js';
import { DSV_SETTINGS } from '../../src/request/accept/dsv-settings.js';
import { FIELD_LISTS, PATH_LISTS, REQUEST_MEMBERS } from '../../src/request/accept/request-members.js';
import { documentedBody, documentedRows, membersOf, rowsOf } from './described.js';

const ROOT = join(import.meta.dirname, '../..');

/** Interfaces by file, and the members of each. */
const INTERFACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'src/export/plan-options.ts': { PlanOptions: membersOf(PLAN_OPTIONS) },
  'src/export/export-options.ts': { RunExportOptions: membersOf(RUN_OPTIONS, ['source']) },
  'src/terms/request.ts': {
    ExportRequest: membersOf(REQUEST_MEMBERS),
    RequestFields: membersOf({ ...FIELD_LISTS, ...PATH_LISTS }),
    DocumentedBody: documentedBody(),
  },
  'src/jobs/jobs-options.ts': {
    TenantLimits: membersOf(TENANT_LIMITS),
    JobRetry: membersOf(JOB_RETRY),
    JobsOptions: membersOf(JOBS_OPTIONS, ['source']),
    FolderJobsOptions: membersOf(FOLDER_OPTIONS, ['dataDir']),
  },
  'src/http/service-options.ts': { SluiceHttpOptions: membersOf(SERVICE_OPTIONS, ['jobs', 'authenticate']) },
  'src/http/connection-limits.ts': {
    ConnectionLimits: membersOf(CONNECTION_OPTIONS, Object.keys(CONNECTION_OPTIONS)),
  },
  'src/jobs/attempt-options.ts': { SliceLimits: membersOf(SLICE_LIMITS, ['bytes', 'durationMs']) },
  'src/terms/profile.ts': { DsvSettings: membersOf(DSV_SETTINGS) },
};

test.each(Object.entries(INTERFACES))('the interfaces in %s have the members of their tables', async (file, tables) => {
  const path = join(ROOT, file);
  let source = readFileSync(path, 'utf8');
  for (const [name, members] of Object.entries(tables)) {
    const begin = source.indexOf('{\n', source.indexOf(`export interface ${name} `)) + 2;
    const end = source.indexOf('\n}\n', begin - 1) + 1;
    source = source.slice(0, begin) + members + source.slice(end);
  }
  await expect(source).toMatchFileSnapshot(path);
});

/** Pages, and the rows of the tables between their marks. */
const PAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/library.md': { plan: rowsOf(PLAN_OPTIONS), run: rowsOf(RUN_OPTIONS) },
  'docs/jobs.md': {
    jobs: rowsOf(FOLDER_JOBS_OPTIONS),
    limits: rowsOf(TENANT_LIMITS),
    retry: rowsOf(JOB_RETRY),
    slice: rowsOf(SLICE_LIMITS),
  },
  'docs/service.md': { service: rowsOf(SERVICE_OPTIONS), connections: rowsOf(CONNECTION_OPTIONS) },
  'docs/tables.md': { dsv: rowsOf(DSV_SETTINGS) },
  'docs/request.md': { documented: documentedRows(DOCUMENTED_MEMBERS) },
};

test.each(Object.entries(PAGES))('%s lists the options of its tables', async (file, tables) => {
  const path = join(ROOT, file);
  let page = readFileSync(path, 'utf8');
  for (const [name, rows] of Object.entries(tables)) {
    const marks = new RegExp(`^([^]*<!-- options: ${name} -->\\n\\n[^\\n]*\\n[^\\n]*\\n)[^]*?(\\n<!-- end -->[^]*)$`);
    const [, before = '', after = ''] = marks.exec(page) ?? [];
    expect(before, `the page has a table between <!-- options: ${name} --> and <!-- end -->`).not.toBe('');
    page = before + rows + after;
  }
  await expect(page).toMatchFileSnapshot(path);
});
