/** What a profile says of the parts of entities: fields, properties of the run, names. */
import { lowerAscii } from '../../terms/entity-type.js';
import { SluiceError } from '../../terms/errors.js';
import type { FieldFilter, FieldFilters, FieldList } from '../../terms/fields.js';
import type { ExecutionValue, NameStrategy, Profile } from '../../terms/profile.js';

/** What goes beside the fields of a request; an absent member says nothing. */
export interface ProfileParts {
  readonly include?: FieldFilters;
  readonly exclude?: FieldFilters;
  readonly includeEntityProperties?: boolean;
  readonly names?: NameStrategy;
  readonly addProperties?: Readonly<Record<string, string>>;
}

/** Who runs the export, as far as somebody has said it. */
export interface Executor {
  readonly userId?: string;
  readonly userEmail?: string;
  /** That of the request, for its `notificationInfo.userId`. */
  readonly clientState?: unknown;
}

/**
 * Gathers them.
 * @returns filters by types in lower case; undefined where the profile says nothing
 * @throws SluiceError `INVALID` when it asks for a user whom nobody named
 */
export function profileParts(profile: Profile, executor: Executor): ProfileParts | undefined {
  const { include, exclude, includeEntityProperties, names, entityProperties } = profile;
  const addProperties =
    entityProperties &&
    Object.fromEntries(
      Object.entries(entityProperties).map(([name, value]) => [
        name,
        executionValue(value, name, profile.name, executor),
      ]),
    );
  const parts: ProfileParts = {
    ...(include ? { include: byLowerType(include) } : {}),
    ...(exclude ? { exclude: byLowerType(exclude) } : {}),
    ...(includeEntityProperties === undefined ? {} : { includeEntityProperties }),
    ...(names && Object.values(names).some((one) => one) ? { names } : {}),
    ...(addProperties ? { addProperties } : {}),
  };
  return Object.keys(parts).length === 0 ? undefined : parts;
}

function byLowerType(filters: FieldFilters): FieldFilters {
  const lowered = new Map<string, FieldFilter>();
  for (const [type, { attributes, relationships }] of Object.entries(filters)) {
    const before = lowered.get(lowerAscii(type)) ?? {};
    const united = {
      attributes: union(before.attributes, attributes),
      relationships: union(before.relationships, relationships),
    };
    lowered.set(lowerAscii(type), {
      ...(united.attributes ? { attributes: united.attributes } : {}),
      ...(united.relationships ? { relationships: united.relationships } : {}),
    });
  }
  return Object.fromEntries(lowered);
}

function union(a: FieldList | undefined, b: FieldList | undefined): FieldList | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a === 'all' || b === 'all' ? 'all' : [...new Set([...a, ...b])];
}

/** Where a request names its user. */
const USER_PATH = 'clientState.notificationInfo.userId';

/** What the platform puts behind the address of a user to make an id. */
const USER_ENDING = /_user$/;

function executionValue(value: ExecutionValue, property: string, profile: string, executor: Executor): string {
  const userId = filled(executor.userId) ?? notifiedUser(executor.clientState);
  const address = userId?.replace(USER_ENDING, '');
  const email = filled(executor.userEmail) ?? (address?.includes('@') ? address : undefined);
  const found = value === 'executionContext.userId' ? userId : email;
  if (found !== undefined) return found;
  const option = value === 'executionContext.userId' ? 'userId' : 'userEmail';
  const message =
    `${USER_PATH}: profile "${profile}" gives each entity the property "${property}", which is ${value}, ` +
    `and nobody said it; name ${option === 'userId' ? 'the user' : 'a user with an address'} there, or say option ${option}`;
  throw new SluiceError('INVALID', 'plan', message, { path: USER_PATH });
}

function notifiedUser(clientState: unknown): string | undefined {
  return filled(memberOf(memberOf(clientState, 'notificationInfo'), 'userId'));
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return new Map(Object.entries(value)).get(name);
}

function filled(text: unknown): string | undefined {
  return typeof text === 'string' && text !== '' ? text : undefined;
}
