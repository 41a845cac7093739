/** The header that names a downloaded file. */
import contentDisposition from 'content-disposition';

/**
 * The `Content-Disposition` of a file. Beside a name beyond ASCII there is one in ASCII: clients that know only that one,
 * such as curl, would take the bytes of Latin-1 for a name.
 */
export function attachment(name: string): string {
  return contentDisposition(name, { fallback: name.replace(/[^ -~]/gu, '_') });
}
