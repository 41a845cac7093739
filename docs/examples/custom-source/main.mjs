/** Exports what a paged API serves; the limit ends reading early, and later pages are not requested. */
import { exportEntities } from 'sluice';
import { pagedApi } from './paged-api.mjs';

const [url = 'http://localhost:3000/items'] = process.argv.slice(2);
const request = { types: ['product'], maxRecords: 3 };
const receipt = await exportEntities({ source: pagedApi(url), request }).toFile('products.ndjson');
console.log(`${receipt.read} read, ${receipt.written} written`);
