/** The effect of a profile on the parts of entities: fields, properties of the run, names. */
import { textAt } from '../../options/json-members.js';
import { lowerAscii } from '../../terms/entity-type.js';
import { SluiceError } from '../../terms/errors.js';
import type { FieldFilter, FieldFilters, FieldList } from '../../terms/fields.js';
import type { ExecutionValue, NameStrategy, Profile } from '../../terms/profile.js';

/** What a profile adds to the fields of a request; absent members have no effect. */
export interface ProfileParts {
  readonly include?: FieldFilters;
  readonly exclude?: FieldFilters;
  readonly includeEntityProperties?: boolean;
  readonly names?: NameStrategy;
  readonly addProperties?: Readonly<Record<string, string>>;
}

/** The user who runs the export, as far as it is known. */
export interface Executor {
  readonly userId?: string;
  readonly userEmail?: string;
  /** Client state of the request, for its `notificationInfo.userId`. */
  readonly clientState?: unknown;
}

/**
 * Collects the parts of a profile.
 * @returns filters by types in lower case; undefined if the profile has no effect on parts
 * @throws SluiceError `INVALID` if the profile needs a user and none is named
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
    include: include && byLowerType(include),
    exclude: exclude && byLowerType(exclude),
    includeEntityProperties,
    names: names && Object.values(names).some((setting) => setting) ? names : undefined,
    addProperties,
  };
  return Object.values(parts).every((part) => part === undefined) ? undefined : parts;
}

function byLowerType(filters: FieldFilters): FieldFilters {
  const lowered = new Map<string, FieldFilter>();
  for (const [type, { attributes, relationships }] of Object.entries(filters)) {
    const before = lowered.get(lowerAscii(type)) ?? {};
    lowered.set(lowerAscii(type), {
      attributes: union(before.attributes, attributes),
      relationships: union(before.relationships, relationships),
    });
  }
  return Object.fromEntries(lowered);
}

function union(a: FieldList | undefined, b: FieldList | undefined): FieldList | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a === 'all' || b === 'all' ? 'all' : [...new Set([...a, ...b])];
}

/** Path of the user in a request. */
const USER_PATH = 'clientState.notificationInfo.userId';

/** The platform's ids of users are their address with this ending. */
const USER_ENDING = /_user$/;

function executionValue(value: ExecutionValue, property: string, profile: string, executor: Executor): string {
  const userId = filled(executor.userId) ?? notifiedUser(executor.clientState);
  const address = userId?.replace(USER_ENDING, '');
  const email = filled(executor.userEmail) ?? (address?.includes('@') ? address : undefined);
  const found = value === 'executionContext.userId' ? userId : email;
  if (found !== undefined) return found;
  const option = value === 'executionContext.userId' ? 'userId' : 'userEmail';
  const message =
    `${USER_PATH}: profile "${profile}" adds the property "${property}" with ${value}, which is unknown; ` +
    `name ${option === 'userId' ? 'the user' : 'a user with an address'} there, or set option ${option}`;
  throw new SluiceError('INVALID', 'plan', message, { path: USER_PATH });
}

function notifiedUser(clientState: unknown): string | undefined {
  return textAt(clientState, 'notificationInfo', 'userId');
}

function filled(text: unknown): string | undefined {
  return typeof text === 'string' && text !== '' ? text : undefined;
}
