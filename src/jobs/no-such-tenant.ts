/** The error of a tenant that a function of the application does not know. */
import { SluiceError } from '../terms/errors.js';

export function noSuchTenant(tenant: string): SluiceError {
  return new SluiceError('NO_SUCH_TENANT', 'job', `the tenant ${tenant} does not exist here`);
}
