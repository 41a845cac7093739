/** The key of a file, unique per tenant: its name in the documented services. */

/** A file of a job. */
export interface FileOfJob {
  readonly id: string;
  readonly name: string;
}

/** Stable, independent of the address of the service and the storage of the file. */
export function fileKey({ id, name }: FileOfJob): string {
  return `${id}/${name}`;
}

/** The file of a key; undefined for an invalid key. */
export function readFileKey(key: string): FileOfJob | undefined {
  const [, id, name] = /^([\w-]{1,100})\/([^/\\]{1,255})$/s.exec(key) ?? [];
  return id === undefined ? undefined : { id, name };
}
