/** Query parameters, validated by the schema that documents them; unknown ones are refused. */
import type { FastifyInstance } from 'fastify';
import { Faults, join } from '../options/faults.js';
import { SluiceError } from '../terms/errors.js';

/** A parameter: a text, or an integer. */
export type QueryParameter = { readonly description: string } & (
  | { readonly type: 'string'; readonly minLength: number; readonly maxLength: number }
  | { readonly type: 'integer'; readonly minimum: number; readonly maximum: number; readonly default: number }
);

/** The parameters of a route, all optional. */
export interface QuerySchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Readonly<Record<string, QueryParameter>>;
}

/** For routes without parameters. */
export const NO_QUERY: QuerySchema = { type: 'object', additionalProperties: false, properties: {} };

/**
 * Makes the schemas of a scope documentation only, except for queries. Bodies are validated when they are accepted, with
 * all faults at once; Fastify's validator would coerce and drop members. Responses are not filtered by their schemas:
 * tests compare them.
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
