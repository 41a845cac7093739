/** Interfaces and pages follow from the tables of options; `npm run options` writes both. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  CLIENT_OPTIONS,
  DELIVERY_OPTIONS,
  DOWNLOAD_OPTIONS,
  FILTER_OPTIONS,
  LIST_OPTIONS,
  PAGE_OPTIONS,
  RETRY_OPTION,
  SUBMIT_OPTIONS,
  WAIT_FOR_OPTIONS,
} from '../../src/client/client-options.js';
import { S3_OPTIONS } from '../../src/destinations/s3/open-bucket.js';
import {
  ENCODE_DSV_OPTIONS,
  ENCODE_JSON_OPTIONS,
  ENVELOPE,
  GZIP_OPTIONS,
  ZIP_OPTIONS,
  ZSTD_OPTIONS,
} from '../../src/export/encode-options.js';
import { RUN_OPTIONS } from '../../src/export/export-options.js';
import { PLAN_OPTIONS } from '../../src/export/plan-options.js';
import {
  FILTER_BY_CRITERIA_OPTIONS,
  FILTER_BY_ID_OPTIONS,
  MAP_OPTIONS,
  PROJECT_OPTIONS,
  READ_OPTIONS,
  STREAM,
} from '../../src/export/stage-options.js';
import { ANSWER_OPTIONS } from '../../src/http/answer-settings.js';
import { OIDC_OPTIONS } from '../../src/http/oidc/oidc-options.js';
import { SIGN_IN_OPTIONS } from '../../src/http/oidc/sign-in-options.js';
import { CONNECTION_OPTIONS, SERVICE_OPTIONS } from '../../src/http/service-options.js';
import {
  FOLDER_JOBS_OPTIONS,
  FOLDER_OPTIONS,
  JOB_RETRY,
  JOBS_OPTIONS,
  SLICE_LIMITS,
} from '../../src/jobs/jobs-options.js';
import { TENANT_LIMITS } from '../../src/jobs/tenant-limits.js';
import { HTTP_FILES } from '../../src/places/http-files.js';
import { S3_SOURCE } from '../../src/places/s3-objects.js';
import { RETRY } from '../../src/remote/back-off.js';
import { CONNECTION } from '../../src/remote/connection.js';
import { DOCUMENTED_MEMBERS } from '../../src/request/accept/documented-members.js';
import { DSV_SETTINGS } from '../../src/request/accept/dsv-settings.js';
import { FIELD_LISTS, PATH_LISTS, REQUEST_MEMBERS } from '../../src/request/accept/request-members.js';
import { SCHEDULE_TIMES } from '../../src/schedules/schedule.js';
import { POSTGRES_ENTITIES } from '../../src/sources/postgres/rows-options.js';
import { RDP_ENTITIES } from '../../src/sources/rdp/rdp-options.js';
import { WEBHOOK_OPTIONS } from '../../src/webhooks/webhook-options.js';
import { documentedBody, documentedRows, membersOf, rowsOf, rowsOfEach } from './described.js';

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
  'src/jobs/tenant-limits.ts': { TenantLimits: membersOf(TENANT_LIMITS) },
  'src/jobs/jobs-options.ts': {
    JobRetry: membersOf(JOB_RETRY),
    JobsOptions: membersOf(JOBS_OPTIONS, ['source']),
    FolderJobsOptions: membersOf(FOLDER_OPTIONS, ['dataDir']),
  },
  'src/http/answer-settings.ts': { AnswerSettings: membersOf(ANSWER_OPTIONS) },
  'src/http/service-options.ts': { SluiceHttpOptions: membersOf(SERVICE_OPTIONS, ['jobs', 'authenticate']) },
  'src/http/oidc/oidc-options.ts': { OidcOptions: membersOf(OIDC_OPTIONS, ['issuer', 'audience']) },
  'src/http/oidc/sign-in-options.ts': { SignInOptions: membersOf(SIGN_IN_OPTIONS, ['issuer', 'clientId']) },
  'src/http/connection-limits.ts': {
    ConnectionLimits: membersOf(CONNECTION_OPTIONS, Object.keys(CONNECTION_OPTIONS)),
  },
  'src/jobs/attempt-options.ts': { SliceLimits: membersOf(SLICE_LIMITS, ['bytes', 'durationMs']) },
  'src/destinations/s3/open-bucket.ts': { S3Options: membersOf(S3_OPTIONS) },
  'src/places/http-files.ts': { HttpFilesOptions: membersOf(HTTP_FILES) },
  'src/places/s3-objects.ts': { S3SourceOptions: membersOf(S3_SOURCE) },
  'src/remote/back-off.ts': { Retry: membersOf(RETRY) },
  'src/remote/connection.ts': { ConnectionOptions: membersOf(CONNECTION, ['server']) },
  'src/schedules/schedule.ts': { ScheduleTimes: membersOf(SCHEDULE_TIMES) },
  'src/webhooks/webhook-options.ts': { WebhookOptions: membersOf(WEBHOOK_OPTIONS) },
  'src/client/client-options.ts': {
    ClientOptions: membersOf(RETRY_OPTION),
    SubmitOptions: membersOf(SUBMIT_OPTIONS),
    FilterOptions: membersOf(FILTER_OPTIONS),
    DeliveryOptions: membersOf(DELIVERY_OPTIONS),
    ListOptions: membersOf(PAGE_OPTIONS),
    WaitForOptions: membersOf(WAIT_FOR_OPTIONS),
    DownloadOptions: membersOf(DOWNLOAD_OPTIONS),
  },
  'src/sources/postgres/rows-options.ts': { PostgresEntitiesOptions: membersOf(POSTGRES_ENTITIES, ['connection']) },
  'src/sources/rdp/rdp-options.ts': { RdpOptions: membersOf(RDP_ENTITIES, ['server', 'headers']) },
  'src/export/stage-options.ts': {
    StreamOptions: membersOf(STREAM),
    ReadEntitiesOptions: membersOf(READ_OPTIONS),
    FilterByIdOptions: membersOf(FILTER_BY_ID_OPTIONS),
    FilterByCriteriaOptions: membersOf(FILTER_BY_CRITERIA_OPTIONS),
    ProjectOptions: membersOf(PROJECT_OPTIONS),
    MapOptions: membersOf(MAP_OPTIONS),
  },
  'src/export/encode-options.ts': {
    EncodeJsonOptions: membersOf(ENCODE_JSON_OPTIONS),
    EncodeDsvOptions: membersOf(ENCODE_DSV_OPTIONS),
    GzipOptions: membersOf(GZIP_OPTIONS),
    ZstdOptions: membersOf(ZSTD_OPTIONS),
    ZipStreamOptions: membersOf(ZIP_OPTIONS, ['name']),
    EnvelopeStreamOptions: membersOf(ENVELOPE, ['run']),
  },
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
    webhooks: rowsOf(WEBHOOK_OPTIONS),
  },
  'docs/schedules.md': { schedules: rowsOf(SCHEDULE_TIMES) },
  'docs/service.md': {
    service: rowsOf(SERVICE_OPTIONS),
    oidc: rowsOf(OIDC_OPTIONS),
    connections: rowsOf(CONNECTION_OPTIONS),
    client: rowsOfEach({
      '`createClient`': CLIENT_OPTIONS,
      '`retry`': RETRY,
      '`submit`': SUBMIT_OPTIONS,
      '`list`': LIST_OPTIONS,
      '`deliveries`': DELIVERY_OPTIONS,
      '`waitFor`': WAIT_FOR_OPTIONS,
      '`download`': DOWNLOAD_OPTIONS,
    }),
  },
  'docs/sources.md': {
    http: rowsOf(HTTP_FILES),
    s3: rowsOf({ ...S3_SOURCE, ...S3_OPTIONS }),
    postgres: rowsOf(POSTGRES_ENTITIES),
    rdp: rowsOf(RDP_ENTITIES),
  },
  'docs/stages.md': {
    stages: rowsOfEach({
      all: STREAM,
      '`readEntities`, `scanEntities`': READ_OPTIONS,
      '`filterById`': FILTER_BY_ID_OPTIONS,
      '`filterByCriteria`': FILTER_BY_CRITERIA_OPTIONS,
      '`project`': PROJECT_OPTIONS,
      '`mapEntities`, `filterEntities`': MAP_OPTIONS,
      '`encodeJson`': ENCODE_JSON_OPTIONS,
      '`encodeDsv`': ENCODE_DSV_OPTIONS,
      '`gzip`, `zip`': GZIP_OPTIONS,
      '`zip`': ZIP_OPTIONS,
      '`zstd`': ZSTD_OPTIONS,
      '`envelope`': ENVELOPE,
    }),
  },
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
