/** Query parameters, validated by the schema that documents them; unknown ones are refused. */
import type { FastifyInstance } from 'fastify';
import { Faults, join } from '../options/faults.js';
import { SluiceError } from '../terms/errors.js';

/** A text. */
interface TextParameter {
  readonly type: 'string';
  readonly minLength: number;
  readonly maxLength: number;
  /** The only texts that are accepted; default any. */
  readonly enum?: readonly string[];
}

/** A parameter: a text, one that may stand several times, or an integer. */
export type QueryParameter = { readonly description: string } & (
  | TextParameter
  | { readonly type: 'array'; readonly items: TextParameter; readonly maxItems: number }
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

/** The value of a parameter. */
type QueryValue = string | number | readonly string[];

/** A value that its parameter does not accept. */
interface QueryFault {
  readonly fault: string;
}

/** @throws SluiceError with all faults */
function readQuery({ properties }: QuerySchema, query: unknown): Readonly<Record<string, QueryValue>> {
  const value: Record<string, QueryValue> = {};
  const faults = new Faults();
  for (const [name, given] of Object.entries(query ?? {})) {
    const path = join('query', name);
    if (!Object.hasOwn(properties, name)) {
      faults.add('UNKNOWN_KEY', path, 'is not a known parameter');
      continue;
    }
    const read = readParameter(properties[name], given);
    if (typeof read === 'object' && 'fault' in read) faults.add('INVALID', path, read.fault);
    else value[name] = read;
  }
  faults.throwIfAny('http');
  return value;
}

function readParameter(parameter: QueryParameter, given: unknown): QueryValue | QueryFault {
  if (parameter.type === 'array') {
    const texts: string[] = [];
    for (const one of [given].flat()) {
      const read = readText(parameter.items, one);
      if (typeof read !== 'string') return read;
      texts.push(read);
    }
    return texts.length <= parameter.maxItems ? texts : { fault: `must stand at most ${parameter.maxItems} times` };
  }
  if (typeof given !== 'string') return { fault: 'must stand once' };
  if (parameter.type === 'string') return readText(parameter, given);
  const { minimum, maximum } = parameter;
  const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= minimum && number <= maximum) return number;
  return { fault: `must be a whole number from ${minimum} to ${maximum}` };
}

function readText({ minLength, maxLength, enum: words }: TextParameter, given: unknown): string | QueryFault {
  if (typeof given !== 'string' || given.length < minLength || given.length > maxLength) {
    return { fault: `must have ${minLength} to ${maxLength} characters` };
  }
  if (words && !words.includes(given)) return { fault: `must be one of ${words.join(', ')}` };
  return given.includes('\0') ? { fault: 'must not contain NUL' } : given;
}
