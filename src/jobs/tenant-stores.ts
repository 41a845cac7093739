/** Results of each tenant in a storage of its own. */
import type { BlobOwner, BlobStore, FoundOwner } from '../results/blob-store.js';
import { SluiceError } from '../terms/errors.js';

/** The storage of a tenant: a folder, an address, or a store. */
type Place = string | BlobStore;

/**
 * Makes one store of those of all tenants. Each is opened when a job of its tenant first needs it, and stays open: a
 * tenant's storage must not change while a process runs. What a store has of its own (joining of parts, links) is found in
 * the store of the tenant.
 */
export class TenantStores implements BlobStore {
  readonly #placeOf: (tenant: string) => Promise<Place>;
  readonly #open: (place: Place) => Promise<BlobStore>;
  readonly #byTenant = new Map<string, Promise<BlobStore>>();
  /** Several tenants may share a storage, which is opened once. */
  readonly #byPlace = new Map<Place, Promise<BlobStore>>();
  readonly #opened = new Set<BlobStore>();

  /** @param open opens a storage, and claims it */
  constructor(placeOf: (tenant: string) => Promise<Place>, open: (place: Place) => Promise<BlobStore>) {
    this.#placeOf = placeOf;
    this.#open = open;
  }

  /** The store of a tenant. */
  of(tenant: string): Promise<BlobStore> {
    return remembered(this.#byTenant, tenant, async () => {
      const place = await this.#placeOf(tenant);
      return remembered(this.#byPlace, place, async () => {
        const store = await this.#open(place);
        this.#opened.add(store);
        return store;
      });
    });
  }

  async check(): Promise<void> {
    await Promise.all([...this.#opened].map((store) => store.check?.()));
  }

  async create(owner: BlobOwner, name: string) {
    return (await this.of(owner.tenant)).create(owner, name);
  }

  async *read(owner: BlobOwner, ...rest: Rest<BlobStore['read']>): AsyncGenerator<Buffer, void> {
    yield* (await this.of(owner.tenant)).read(owner, ...rest);
  }

  async sweep(owner: BlobOwner, ...rest: Rest<BlobStore['sweep']>): Promise<void> {
    await (await this.of(owner.tenant)).sweep(owner, ...rest);
  }

  /** Jobs in the stores that are open. */
  async *jobs(): AsyncGenerator<FoundOwner, void> {
    for (const store of this.#opened) yield* store.jobs();
  }

  async forget(owner: FoundOwner): Promise<void> {
    if (owner.tenant === undefined)
      throw new SluiceError('INTERNAL', 'job', `the tenant of job ${owner.job} is unknown`);
    await (await this.of(owner.tenant)).forget(owner);
  }
}

/** The parameters after the owner. */
type Rest<Method extends (owner: BlobOwner, ...rest: never[]) => unknown> =
  Parameters<Method> extends [BlobOwner, ...infer Others] ? Others : never;

/** What a call resolves to is kept; after a failure, the next one tries again. */
function remembered<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, make: () => Promise<Value>): Promise<Value> {
  const before = known.get(key);
  if (before) return before;
  const making = make();
  known.set(key, making);
  making.catch(() => known.delete(key));
  return making;
}
