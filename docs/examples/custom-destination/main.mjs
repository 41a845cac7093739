/** Exports a catalog to a WebDAV server. */
import { exportEntities } from 'sluice';
import { webDav } from './web-dav.mjs';

const [source = 'catalog.ndjson', url = 'http://localhost:3000/products.zip'] = process.argv.slice(2);
const receipt = await exportEntities({ source, request: { types: ['product'] } }).to(webDav(url));
console.log(`${receipt.written} records, ${receipt.bytesOut} bytes`);
