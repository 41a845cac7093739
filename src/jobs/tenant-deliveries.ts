/** Deliveries of webhooks of one tenant. */
import { acceptOptions, count, type OptionTable, oneOf, text } from '../options/accept-options.js';
import { DELIVERY_STATES, type Delivery, type DeliveryPage, type DeliveryQuery } from '../webhooks/delivery.js';
import { deliveryIdOf, noSuchDelivery } from './job-arguments.js';
import type { JobsParts } from './jobs-parts.js';

/** Default and maximum number of deliveries in a page. */
const [PAGE, LARGEST_PAGE] = [50, 500];

const DELIVERY_QUERY: OptionTable<DeliveryQuery> = {
  state: oneOf(DELIVERY_STATES),
  limit: count(1, LARGEST_PAGE),
  after: text,
};

/** A page of deliveries, newest first. */
export async function listDeliveries(
  { engine }: JobsParts,
  tenant: string,
  query: DeliveryQuery = {},
): Promise<DeliveryPage> {
  acceptOptions(query, DELIVERY_QUERY);
  return engine.deliveries.list(tenant, { ...query, limit: query.limit ?? PAGE });
}

/** Makes a delivery due again. @throws SluiceError `NO_SUCH_DELIVERY` */
export async function redeliver(
  { engine, now, wakeCourier }: JobsParts,
  tenant: string,
  id: string,
): Promise<Delivery> {
  const delivery = await engine.deliveries.redeliver(tenant, deliveryIdOf(id), now());
  if (!delivery) throw noSuchDelivery();
  wakeCourier();
  return delivery;
}
