/** Leaving out what is not there, where a type tells absent from undefined. */

/** The members that are not undefined. */
export function definedOnly<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const defined: { [Key in keyof T]?: Exclude<T[Key], undefined> } = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined) Object.assign(defined, { [key]: value });
  return defined;
}
