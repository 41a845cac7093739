/** The projection of one entity, as text: the members that stay, written unchanged. */
import type { MemberNames } from '../../src/terms/batch.js';
import { charAt, type Member, members, readValue, type Span } from './json-text.js';

/** The lists of a request; `all` keeps everything of its kind. */
export interface NaiveFields {
  readonly attributes?: 'all' | readonly string[];
  readonly relationships?: 'all' | readonly string[];
  readonly properties?: 'all' | readonly string[];
}

/** The entity at the span with only the requested parts. */
export function projected(bytes: Buffer, entity: Span, fields: NaiveFields, names: MemberNames): string {
  const { attributes = [], relationships = [] } = fields;
  const asksForData = attributes.length > 0 || relationships.length > 0;
  const properties = fields.properties ?? (asksForData ? 'all' : []);
  const kept: string[] = [];
  for (const member of membersOf(bytes, entity)) {
    const text = topLevel(member);
    if (text !== undefined) kept.push(text);
  }
  return `{${kept.join(',')}}`;

  function topLevel(member: Member): string | undefined {
    if ([names.id, names.name, names.type, 'action'].includes(member.name)) return written(bytes, member);
    if (member.name === 'properties') return listed(bytes, member, properties);
    if (member.name !== 'data' || !asksForData) return undefined;
    return container(bytes, member, (part) => {
      if (part.name === 'attributes') return listed(bytes, part, attributes);
      return part.name === 'relationships' ? listed(bytes, part, relationships) : undefined;
    });
  }
}

/** Keeps everything, nothing, or the listed parts of a member. */
function listed(bytes: Buffer, member: Member, list: 'all' | readonly string[]): string | undefined {
  if (list === 'all') return written(bytes, member);
  if (list.length === 0) return undefined;
  return container(bytes, member, (field) => (list.includes(field.name) ? written(bytes, field) : undefined));
}

/** Keeps parts of an object: dropped if it is not an object or becomes empty, unchanged if it is empty in the source. */
function container(bytes: Buffer, member: Member, keep: (part: Member) => string | undefined): string | undefined {
  if (charAt(bytes, member.value.start, member.value.end) !== '{') return undefined;
  const parts = membersOf(bytes, member.value);
  if (parts.length === 0) return written(bytes, member);
  const kept = parts.map(keep).filter((text) => text !== undefined);
  return kept.length === 0 ? undefined : `${textOf(bytes, member.key)}:{${kept.join(',')}}`;
}

function membersOf(bytes: Buffer, { start, end }: Span): readonly Member[] {
  return [...members(bytes, start, end, Number.POSITIVE_INFINITY, readValue)];
}

function written(bytes: Buffer, { key, value }: Member): string {
  return `${textOf(bytes, key)}:${textOf(bytes, value)}`;
}

function textOf(bytes: Buffer, { start, end }: Span): string {
  return bytes.toString('utf8', start, end);
}
