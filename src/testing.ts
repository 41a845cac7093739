/** Entry point `sluice/testing`: conformance suites for sources, destinations, stores of results and clocks of your own. */

export type { Delivery, DeliveryContext, Destination } from './destinations/destination.js';
export type { BlobOwner, BlobStore, BlobWriter, ByteRange, FoundOwner, Part } from './results/blob-store.js';
export type { Source } from './sources/source.js';
export { type BlobStoreUnderTest, blobStoreCases } from './testing/blob-store-cases.js';
export { clockCases } from './testing/clock-cases.js';
export type { ConformanceCase } from './testing/conformance-case.js';
export { type DestinationUnderTest, destinationCases } from './testing/destination-cases.js';
export { type SourceUnderTest, sourceCases } from './testing/source-cases.js';
