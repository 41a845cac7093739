/** A destination on a WebDAV server: uploaded under a temporary name, moved when it is complete. */
import { PassThrough } from 'node:stream';

/**
 * @param {string} url of the file
 * @returns {import('sluice').Destination}
 */
export function webDav(url) {
  const temporary = `${url}.part`;

  async function call(method, target, init) {
    const response = await fetch(target, { method, ...init });
    if (!response.ok) throw new Error(`${method} ${target} returned ${response.status}`);
  }

  return {
    name: url,
    // The suffix of the name decides how the result is packed.
    stored: true,
    async open() {
      const writable = new PassThrough();
      const upload = call('PUT', temporary, { body: writable, duplex: 'half' });
      // An upload that breaks ends the export; `commit` reports it otherwise.
      upload.catch((error) => writable.destroy(error));
      return {
        writable,
        // The result is complete: it appears under its name.
        async commit() {
          await upload;
          await call('MOVE', temporary, { headers: { destination: url, overwrite: 'F' } });
        },
        // The export failed: nothing remains.
        async discard() {
          writable.destroy();
          await upload.catch(() => {});
          await call('DELETE', temporary).catch(() => {});
        },
      };
    },
  };
}
