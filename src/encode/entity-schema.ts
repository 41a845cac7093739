/** The precompiled schema of documented entities, for those that arrive as objects. */
import fastJson, { type Schema } from 'fast-json-stringify';
import { messageOf, SluiceError } from '../terms/errors.js';

/** A JSON schema as fast-json-stringify takes it. */
export type EntitySchema = Schema;

/**
 * The members of an entity by the documented object model. Values are free-form (`{}`): a narrower type would make
 * the serializer rewrite what does not fit it (null into "", a number's digits), and values pass through untouched.
 */
export const ENTITY_SCHEMA: EntitySchema = {
  title: 'entity',
  type: 'object',
  properties: { id: {}, name: {}, type: {}, action: {}, properties: {}, data: {} },
  additionalProperties: true,
};

/**
 * Compiles a schema once into a function from an entity to its JSON text.
 * @param schema one of the application's own constants; never anything out of a request, since compiling runs code
 * @throws SluiceError `INVALID` for one that cannot be compiled
 */
export function compileSchema(schema: EntitySchema): (entity: object) => string {
  try {
    return fastJson(schema);
  } catch (cause) {
    throw new SluiceError('INVALID', 'plan', `schema: ${messageOf(cause)}`, { path: 'schema', cause });
  }
}
