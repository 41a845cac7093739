/** The precompiled schema for entities that arrive as objects. */
import type { Schema } from 'fast-json-stringify';
import { isObject } from '../options/faults.js';
import { messageOf, SluiceError } from '../terms/errors.js';

/** A JSON schema for fast-json-stringify. */
export type EntitySchema = Schema;

/**
 * The members of an entity in the documented object model. Values have no type (`{}`): the serializer would rewrite
 * values that do not match a narrower one (null into "", the digits of a number), and values must stay unchanged.
 */
export const ENTITY_SCHEMA: EntitySchema = {
  title: 'entity',
  type: 'object',
  properties: { id: {}, name: {}, type: {}, action: {}, properties: {}, data: {} },
  additionalProperties: true,
};

/**
 * Compiles a schema once into a function from an entity to its JSON text.
 * @param schema a constant of the application, never part of a request, because compiling runs code
 * @throws SluiceError (rejects) `INVALID` for a schema that cannot be compiled
 */
export async function compileSchema(schema: EntitySchema): Promise<(entity: object) => string> {
  // The compiler loads longer than a small export runs, and most exports have no objects.
  const { default: fastJson } = await import('fast-json-stringify');
  try {
    return fastJson(schema);
  } catch (cause) {
    throw new SluiceError('INVALID', 'plan', `schema: ${messageOf(cause)}`, { path: 'schema', cause });
  }
}

const TYPES: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'];

/** Members of a schema that hold schemas by name, and those that hold one schema. */
const BY_NAME = ['properties', 'patternProperties', 'definitions', '$defs'];
const SINGLE = ['additionalProperties', 'if', 'then', 'else', 'not'];
const LISTS = ['anyOf', 'oneOf', 'allOf'];

/** Whether a value has the shape of a JSON schema; what only the compiler finds is reported when the export begins. */
export function isEntitySchema(value: unknown): boolean {
  return isObject(value) && isSchema(value);
}

function isSchema(value: unknown): boolean {
  if (typeof value === 'boolean') return true;
  if (!isObject(value)) return false;
  const areSchemas = (values: unknown) => Array.isArray(values) && values.every(isSchema);
  const { type, items } = value;
  return (
    (type === undefined || [type].flat().every((one) => TYPES.includes(one))) &&
    (items === undefined || isSchema(items) || areSchemas(items)) &&
    BY_NAME.every((name) => value[name] === undefined || isSchemasByName(value[name])) &&
    SINGLE.every((name) => value[name] === undefined || isSchema(value[name])) &&
    LISTS.every((name) => value[name] === undefined || areSchemas(value[name]))
  );
}

function isSchemasByName(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isSchema);
}
