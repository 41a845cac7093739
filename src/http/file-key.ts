/** The key of a file among all files of a tenant: what the documented services call it by. */

/** A file of a job. */
export interface FileOfJob {
  readonly id: string;
  readonly name: string;
}

/** Stays the same, wherever the service stands and the file lies. */
export function fileKey({ id, name }: FileOfJob): string {
  return `${id}/${name}`;
}

/** Which file a key means; undefined for what is no key. */
export function readFileKey(key: string): FileOfJob | undefined {
  const [, id, name] = /^([\w-]{1,100})\/([^/\\]{1,255})$/s.exec(key) ?? [];
  return id === undefined ? undefined : { id, name };
}
