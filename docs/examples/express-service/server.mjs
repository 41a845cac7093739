/** Exports of a catalog with Express: GET /export/product?limit=10&attributes=color,price */
import { pipeline } from 'node:stream/promises';
import express from 'express';
import { exportEntities, SluiceError } from 'sluice';

const source = process.env.CATALOG ?? 'catalog.ndjson';
const app = express();

app.get('/export/:type', async ({ params, query }, response) => {
  // Unknown or wrong values are refused here, before a byte is read.
  const stream = exportEntities({
    source,
    format: 'ndjson',
    pack: 'gzip',
    request: {
      types: [params.type],
      maxRecords: query.limit,
      fields: query.attributes === undefined ? undefined : { attributes: query.attributes.split(',') },
    },
  });
  response.attachment(`${params.type}.ndjson.gz`);
  // A client that leaves ends the export; an export that fails ends the connection, so that the client notices.
  await pipeline(stream, response);
  const { read, written, durationMs } = await stream.receipt;
  console.log(JSON.stringify({ type: params.type, read, written, durationMs }));
});

app.use((error, _request, response, next) => {
  if (!(error instanceof SluiceError) || response.headersSent) return next(error);
  const isRefused = error.stage === 'accept' || error.stage === 'plan';
  response.status(isRefused ? 400 : 500).json({ code: error.code, message: error.message, faults: error.faults });
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`listening on ${server.address().port}`);
});
