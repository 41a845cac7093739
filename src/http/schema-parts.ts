/** What the schemas of the routes have in common. */

/** A part of a JSON schema; plain data. */
export type Schema = Readonly<Record<string, unknown>>;

export const TEXT = { type: 'string' };
export const TEXTS = { type: 'array', items: TEXT };
export const COUNT = { type: 'integer', minimum: 0 };
export const TIME = { type: 'string', format: 'date-time' };

/** The `status` of a documented response. */
export const SUCCESS = { type: 'string', const: 'success' };

/** An object with exactly these members; those named with `?` are optional. */
export function exactly(members: Readonly<Record<string, Schema>>): Schema {
  const named = Object.entries(members);
  return {
    type: 'object',
    additionalProperties: false,
    required: named.map(([name]) => name).filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(named.map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
  };
}

/** A list of such objects. */
export function listOf(description: string, members: Readonly<Record<string, Schema>>): Schema {
  return { type: 'array', description, items: exactly(members) };
}
