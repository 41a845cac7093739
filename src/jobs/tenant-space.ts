/** The space that a tenant takes, and how much it may. */

/** Bytes of a tenant. */
export interface TenantSpace {
  /** Of results, also of unfinished ones. */
  readonly results: number;
  /** Of jobs with their requests. */
  readonly rows: number;
  /** Bytes of both from which on submissions are refused; absent: there is no limit. */
  readonly limit?: number;
}
