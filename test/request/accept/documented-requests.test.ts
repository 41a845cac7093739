/** Request bodies in the documentation and in use: each is planned, or refused by the paths of unsupported members. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import { SluiceError } from '../../../src/terms/errors.js';
import { untyped } from '../../untyped.js';

const PLACE = fileURLToPath(new URL('../../../../shared/data/documented/requests.json', import.meta.url));

interface Documented {
  readonly from: string;
  readonly body: unknown;
}

const requests: readonly Documented[] = existsSync(PLACE) ? JSON.parse(readFileSync(PLACE, 'utf8')) : [];

test('documented requests are planned, or refused by path', () => {
  if (requests.length === 0)
    return console.info('there are no documented requests beside the project: none was tested');
  const profile = { name: 'any', format: 'json', pack: 'zip' } as const;
  for (const { from, body } of requests) {
    try {
      expect(planExport({ request: untyped(body), profiles: [profile] }).select, from).toBeDefined();
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      expect(['INVALID', 'UNSUPPORTED', 'UNKNOWN_KEY', 'UNKNOWN_PROFILE'], from).toContain(error.code);
      for (const fault of error.faults ?? []) expect(fault.path, from).toMatch(/^params\b/);
      expect(error.message.length, from).toBeLessThan(5000);
    }
  }
});
