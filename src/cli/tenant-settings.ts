/** `--tenants`: a file with settings of single tenants. */
import { type AnswerSettings, isTenants, tenantSettings } from '../http/answer-settings.js';
import { acceptArgument } from '../options/accept-options.js';
import { ofFile, readJson } from './json-file.js';

/**
 * Reads the settings by the names of tenants.
 * @throws SluiceError `READ_FAILED`; `UNKNOWN_KEY`, `INVALID`, with the name of the file
 */
export async function tenantsOf({
  tenants: path,
}: {
  readonly tenants?: string;
}): Promise<Readonly<Record<string, AnswerSettings>> | undefined> {
  if (path === undefined) return undefined;
  const value = await readJson(path);
  ofFile(path, () => acceptArgument('tenants', value, tenantSettings));
  return isTenants(value) ? value : undefined;
}
