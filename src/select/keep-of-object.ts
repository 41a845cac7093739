/** What rules keep of JavaScript objects: own values, as JSON would write them. */
import { SluiceError } from '../terms/errors.js';
import { type JsonObject, jsonObject, jsonValue } from '../terms/json-value.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import type { ElementsRule, Judge, Keep, MembersRule } from './keep-rules.js';
import { renameClash } from './rename.js';

/** Which entity is projected, for errors. */
export interface EntityPlace {
  readonly source: string;
  readonly recordIndex: number;
}

/**
 * The entity with what the rule keeps of it.
 * @throws SluiceError `DUPLICATE_KEY` for names that become one, `TOO_DEEP` where attributes are nested without an end
 */
export function keepOfEntity(entity: object, rule: MembersRule, place: EntityPlace): object {
  return new ObjectKeeper(place).keepOfEntity(entity, rule);
}

/** Nothing stays of a value. */
const GONE = Symbol('gone');

class ObjectKeeper {
  readonly #place: EntityPlace;
  #depth = 0;

  constructor(place: EntityPlace) {
    this.#place = place;
  }

  keepOfEntity(entity: object, rule: MembersRule): object {
    const kept = this.#members(jsonObject(entity, '') ?? {}, rule);
    return kept === GONE ? {} : kept;
  }

  #value(value: unknown, key: string, keep: Keep): unknown {
    if (keep === 'all') return value;
    if (keep.kind === 'fixed') return keep.value;
    if (keep.kind === 'judged') return isAccepted(jsonObject(value, key) ?? {}, keep.judge) ? value : GONE;
    if (keep.kind === 'members') {
      const members = jsonObject(value, key);
      if (!members) return keep.lossless ? value : GONE;
      return this.#inside(() => this.#members(members, keep));
    }
    const elements = jsonValue(value, key);
    if (!Array.isArray(elements)) return keep.lossless ? value : GONE;
    return this.#inside(() => this.#elements(elements, keep));
  }

  #inside<T>(keep: () => T): T {
    if (++this.#depth > DEFAULT_MAX_DEPTH) {
      const { source, recordIndex } = this.#place;
      const message = `${source}: more than ${DEFAULT_MAX_DEPTH} nested brackets (record ${recordIndex})`;
      throw new SluiceError('TOO_DEEP', 'select', message, this.#place);
    }
    const kept = keep();
    this.#depth--;
    return kept;
  }

  #members(object: JsonObject, rule: MembersRule): object | typeof GONE {
    if (rule.judge && !isAccepted(object, rule.judge)) return GONE;
    const members = Object.entries(object);
    const kept: [string, unknown][] = [];
    const taken = rule.rename && new Map<string, string>();
    const missing = rule.defaults && new Map(rule.defaults);
    let content = 0;
    let contentKept = 0;
    for (const [name, member] of members) {
      const isContent = rule.isContent?.(name) ?? true;
      if (isContent) content++;
      const keep = rule.rule(name);
      const value = keep === undefined ? GONE : this.#value(member, name, keep);
      if (value === GONE) continue;
      if (isContent) contentKept++;
      const renamed = rule.rename?.(name) ?? name;
      this.#refuseClash(taken?.get(renamed), name, renamed);
      taken?.set(renamed, name);
      missing?.delete(name);
      kept.push([renamed, value]);
    }
    for (const [name, { value }] of missing ?? []) kept.push([name, value]);
    if (content > 0 && contentKept === 0 && !missing?.size) return GONE;
    return Object.fromEntries(kept);
  }

  #refuseClash(other: string | undefined, name: string, renamed: string): void {
    if (other === undefined) return;
    throw renameClash([other, name, renamed], this.#place.source, this.#place.recordIndex);
  }

  #elements(elements: readonly unknown[], rule: ElementsRule): unknown {
    const kept = elements
      .map((element, index) => this.#value(element, String(index), rule.element))
      .filter((element) => element !== GONE);
    return kept.length > 0 || elements.length === 0 ? kept : GONE;
  }
}

function isAccepted(object: JsonObject, { members, accepts }: Judge): boolean {
  const seen = members.filter((name) => Object.hasOwn(object, name));
  return accepts(new Map(seen.map((name) => [name, object[name]])));
}
