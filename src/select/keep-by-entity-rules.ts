/** Applies entity rules to JavaScript objects, as JSON would write them. */
import { SluiceError } from '../terms/errors.js';
import { type JsonObject, jsonObject, jsonValue } from '../terms/json-value.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import {
  arrayStays,
  type ElementsRule,
  isContent,
  type Judge,
  Judged,
  type Keep,
  type MembersRule,
  nameClash,
  objectStays,
  writtenName,
} from './entity-rules.js';
import { renameClash } from './rename.js';

/** The projected entity, for errors. */
export interface EntityPlace {
  readonly source: string;
  readonly recordIndex: number;
}

/**
 * Returns what the rule keeps of an entity.
 * @throws SluiceError `DUPLICATE_KEY` for names that become one, `TOO_DEEP` for attributes nested beyond the maximum
 */
export function keepByEntityRules(entity: object, rule: MembersRule, place: EntityPlace): object {
  return new ObjectKeeper(place).keepOf(entity, rule);
}

/** The result if nothing of a value stays. */
const GONE = Symbol('gone');

class ObjectKeeper {
  readonly #place: EntityPlace;
  #depth = 0;

  constructor(place: EntityPlace) {
    this.#place = place;
  }

  keepOf(entity: object, rule: MembersRule): object {
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
      const counts = isContent(rule, name);
      if (counts) content++;
      const keep = rule.rule(name);
      const value = keep === undefined ? GONE : this.#value(member, name, keep);
      if (value === GONE) continue;
      if (counts) contentKept++;
      const written = writtenName(rule, name);
      if (taken) this.#refuseClash(nameClash(taken, written, name), name, written);
      missing?.delete(name);
      kept.push([written, value]);
    }
    for (const [name, { value }] of missing ?? []) kept.push([name, value]);
    return objectStays(content, contentKept, missing?.size) ? Object.fromEntries(kept) : GONE;
  }

  #refuseClash(other: string | undefined, name: string, written: string): void {
    if (other === undefined) return;
    throw renameClash([other, name, written], this.#place.source, this.#place.recordIndex);
  }

  #elements(elements: readonly unknown[], rule: ElementsRule): unknown {
    const kept = elements
      .map((element, index) => this.#value(element, String(index), rule.element))
      .filter((element) => element !== GONE);
    return arrayStays(elements.length, kept.length) ? kept : GONE;
  }
}

function isAccepted(object: JsonObject, judge: Judge): boolean {
  const judged = new Judged(judge);
  for (const name of judge.members) if (Object.hasOwn(object, name)) judged.see(name, object[name]);
  return judged.accepts();
}
