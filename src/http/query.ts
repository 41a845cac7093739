/** Query parameters, checked by the schema that documents them: what is not known is refused, nothing is dropped. */
import type { FastifyInstance } from 'fastify';
import { Faults, join } from '../options/faults.js';
import { SluiceError } from '../terms/errors.js';

/** A parameter: a text, or a whole number. */
export type QueryParameter = { readonly description: string } & (
  | { readonly type: 'string'; readonly minLength: number; readonly maxLength: number }
  | { readonly type: 'integer'; readonly minimum: number; readonly maximum: number; readonly default: number }
);

/** The parameters of a route; each may be left out. */
export interface QuerySchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Readonly<Record<string, QueryParameter>>;
}

/** For routes that know no parameters. */
export const NO_QUERY: QuerySchema = { type: 'object', additionalProperties: false, properties: {} };

/**
 * Makes the schemas of a scope documents, but for queries. Bodies are examined where they are understood, with all
 * their faults told at once; Fastify's own validator would change them on the way, and drop what it does not know.
 * Answers are written as they are: the tests hold them against the schemas.
 */
export function checkOnlyQueries(app: FastifyInstance): void {
  app.setValidatorCompiler<QuerySchema>(({ schema, httpPart }) => {
    if (httpPart !== 'querystring') return () => true;
    return (query: unknown) => {
      try {
        return { value: readQuery(schema, query) };
      } catch (error) {
        if (error instanceof SluiceError) return { error };
        throw error;
      }
    };
  });
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
}

/** @throws SluiceError with all faults */
function readQuery({ properties }: QuerySchema, query: unknown): Readonly<Record<string, string | number>> {
  const value: Record<string, string | number> = {};
  const faults = new Faults();
  for (const [name, given] of Object.entries(query ?? {})) {
    const path = join('query', name);
    if (!Object.hasOwn(properties, name)) {
      faults.add('UNKNOWN_KEY', path, 'is not a known parameter');
      continue;
    }
    const read = readParameter(properties[name], given);
    if (typeof read === 'object') faults.add('INVALID', path, read.fault);
    else value[name] = read;
  }
  faults.throwIfAny('http');
  return value;
}

function readParameter(parameter: QueryParameter, given: unknown): string | number | { fault: string } {
  if (typeof given !== 'string') return { fault: 'must stand once' };
  if (parameter.type === 'string') {
    const { minLength, maxLength } = parameter;
    if (given.length >= minLength && given.length <= maxLength) return given;
    return { fault: `must have ${minLength} to ${maxLength} characters` };
  }
  const { minimum, maximum } = parameter;
  const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= minimum && number <= maximum) return number;
  return { fault: `must be a whole number from ${minimum} to ${maximum}` };
}
