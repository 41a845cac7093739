/** The jobs of the tenant that made a link. */
import { SluiceError } from '../terms/errors.js';
import { isSigned, type LinkClaim } from './file-link.js';
import { UUID } from './job-arguments.js';
import type { JobsParts } from './jobs-parts.js';
import { StoredJobs } from './stored-jobs.js';
import type { TenantJobs } from './tenant-jobs.js';

/** Maximum clock difference between the processes of a service. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * The jobs of the tenant that made a link.
 * @throws SluiceError `NO_SUCH_FILE` for any invalid link
 */
export async function jobsForLink(claim: LinkClaim, parts: JobsParts): Promise<TenantJobs> {
  const { engine, now, termsOf } = parts;
  const row = UUID.test(claim.id) ? await engine.look(claim.id) : undefined;
  const left = claim.expiresAt - now();
  const linkTtlMs = row && left > 0 ? (await termsOf(row.tenant)).linkTtlMs : 0;
  // A longer lifetime proves that the secret has leaked: no link is made with it.
  if (row && left > 0 && left <= linkTtlMs + CLOCK_SKEW_MS) {
    const { tenant } = row;
    if (isSigned(await engine.secret(), { ...claim, tenant }, claim.signature)) return new StoredJobs(tenant, parts);
  }
  throw new SluiceError('NO_SUCH_FILE', 'job', 'the link is invalid or has expired');
}
