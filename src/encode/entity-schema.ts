/** The precompiled schema for entities that arrive as objects. */
import fastJson, { type Schema } from 'fast-json-stringify';
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
 * @throws SluiceError `INVALID` for a schema that cannot be compiled
 */
export function compileSchema(schema: EntitySchema): (entity: object) => string {
  try {
    return fastJson(schema);
  } catch (cause) {
    throw new SluiceError('INVALID', 'plan', `schema: ${messageOf(cause)}`, { path: 'schema', cause });
  }
}
