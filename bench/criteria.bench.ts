/** The cost of criteria: exports without and with them, and the code that a user would write by hand. */
import type { Criteria } from '../src/terms/criteria.js';
import { fused } from './forms.js';
import type { InputFile, Inputs } from './input.js';
import { CRITERIA } from './names.js';
import { splitParse } from './peers/json-parse.js';
import type { Typed } from './peers/take.js';
import { type Contender, type Outcome, proven } from './race.js';
import { raceSection, type Section } from './section.js';

/** An attribute of most entities of the catalog, and a word that is the complete value in some of them. */
const ATTRIBUTE = 'color';
const WORD = 'shirt';

const EXACT: Criteria = { attributes: [{ [ATTRIBUTE]: { exact: WORD } }] };

/** The part of an entity that the criterion examines. */
interface Valued extends Typed {
  readonly data?: {
    readonly attributes?: Readonly<Record<string, { readonly values?: readonly { readonly value: unknown }[] }>>;
  };
}

/** Measures all rows; selected entities are written as base64 in the envelope. */
export async function benchCriteria({ lines }: Inputs): Promise<Section> {
  const exact = await splitParse(lines.path, isExact);
  if (exact.entities === 0) throw new Error(`no value of ${ATTRIBUTE} is ${WORD}`);
  const some = ({ entities }: Outcome) => entities > 0 && entities < lines.wanted.entities;
  return raceSection([
    await counted(
      CRITERIA.none,
      lines,
      () => fused(lines.path, { trust: false }),
      (o) => o.entities === lines.wanted.entities,
    ),
    await counted(CRITERIA.exact, lines, () => fused(lines.path, { trust: false, criteria: EXACT }), same(exact)),
    await counted(CRITERIA.exactTrusted, lines, () => fused(lines.path, { trust: true, criteria: EXACT }), same(exact)),
    await counted(CRITERIA.exacts, lines, () => fused(lines.path, { trust: false, criteria: EXACTS }), same(exact)),
    await counted(CRITERIA.split, lines, () => splitParse(lines.path, isExact), same(exact)),
    await counted(CRITERIA.contains, lines, () => fused(lines.path, { trust: false, criteria: CONTAINS }), some),
    await counted(CRITERIA.keywords, lines, () => fused(lines.path, { trust: false, criteria: KEYWORDS }), some),
  ]);
}

/** The word, and texts that no value equals. */
const EXACTS: Criteria = {
  attributes: [{ [ATTRIBUTE]: { exacts: [...Array.from({ length: 9999 }, (_, index) => `none ${index}`), WORD] } }],
};
const CONTAINS: Criteria = { attributes: [{ [ATTRIBUTE]: { contains: WORD } }] };
const KEYWORDS: Criteria = { keywords: { keywords: `${WORD} linen`, operator: '_AND' } };

function isExact({ data }: Valued): boolean {
  const values = data?.attributes?.[ATTRIBUTE]?.values ?? [];
  return values.some(({ value }) => typeof value === 'string' && value.toLowerCase() === WORD);
}

/** Whether the number of selected entities is equal. */
function same(expected: Outcome): (outcome: Outcome) => boolean {
  return ({ entities }) => entities === expected.entities;
}

function counted(
  name: string,
  { bytes }: InputFile,
  work: () => Promise<Outcome>,
  isRight: (outcome: Outcome) => boolean,
): Promise<Contender> {
  return proven({ name, inputBytes: bytes, work }, (outcome) => {
    if (!isRight(outcome)) throw new Error(`${name}: ${outcome.entities} entities`);
  });
}
