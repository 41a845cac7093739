/** The cost of an export by its request and by the shape of its input. */
import { catalogId } from '../src/generate/catalog.js';
import { fused, type Work } from './forms.js';
import type { InputFile, Inputs } from './input.js';
import { WORK } from './names.js';
import { envelopeOutcome } from './peers/envelope-sink.js';
import { copiedOutcome } from './peers/simdjson.js';
import { type Contender, type Outcome, proven } from './race.js';
import { raceSection, type Section } from './section.js';

/** Attributes of the catalog; each entity has some of them. */
const ATTRIBUTES = ['color', 'size', 'mdmid'];

/** Absent ids, as long as the catalog's, so that a search for them never ends early. */
function missingIds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => catalogId(5_000_000 + index));
}

/** Measures all rows; the envelope has the base64 of the bare document, unless a zip is named. */
export async function benchWork({ lines, document, tiny, brackets }: Inputs): Promise<Section> {
  const one = missingIds(1);
  const many = missingIds(100_000);
  const ten = { trust: false, maxRecords: 10 } as const;
  const { bytesRead } = await fused(lines.path, ten);
  const contenders = [
    ...both('lines, whole', lines, { wrap: 'envelope' }),
    ...both('lines, whole, copied without base64', lines, { wrap: 'none' }),
    ...(await unforeseen('lines, 3 attributes', lines, { attributes: ATTRIBUTES })),
    selecting(WORK.oneId, lines, { trust: false, ids: one }),
    selecting(WORK.oneIdTrusted, lines, { trust: true, ids: one }),
    selecting(WORK.manyIds, lines, { trust: false, ids: many }),
    selecting(WORK.manyIdsTrusted, lines, { trust: true, ids: many }),
    ...both('lines, whole, with digests', lines, { wrap: 'envelope', digest: true }),
    await unforeseenOne('lines, zip level 1, checked', lines, { trust: false, wrap: 'zip', level: 1 }),
    await unforeseenOne('lines, zip level 6, checked', lines, { trust: false, wrap: 'zip', level: 6 }),
    ...both('document, whole', document, { wrap: 'envelope' }),
    ...both('document, whole, copied without base64', document, { wrap: 'none' }),
    ...(await unforeseen('document, 3 attributes', document, { attributes: ATTRIBUTES })),
    ...both('lines, entities of 100 bytes', tiny, { wrap: 'envelope' }),
    ...both('lines, entities of brackets', brackets, { wrap: 'envelope' }),
    await limited(lines, ten),
  ];
  return raceSection(contenders, [], { bytesReadForTenRecords: bytesRead });
}

/** Contenders for checked and trusted input. */
function both(name: string, file: InputFile, work: Omit<Work, 'trust'>): readonly Contender[] {
  const expected = work.wrap === 'none' ? copiedOutcome(file) : envelopeOutcome(file.wanted);
  return [false, true].map((trust) => ({
    name: `${name}, ${trust ? 'trusted' : 'checked'}`,
    inputBytes: file.bytes,
    expected,
    work: () => fused(file.path, { ...work, trust }),
  }));
}

/** The same, for results whose bytes are not known beforehand. */
async function unforeseen(name: string, file: InputFile, work: Omit<Work, 'trust'>): Promise<readonly Contender[]> {
  return [
    await unforeseenOne(`${name}, checked`, file, { ...work, trust: false }),
    await unforeseenOne(`${name}, trusted`, file, { ...work, trust: true }),
  ];
}

function unforeseenOne(name: string, file: InputFile, work: Work): Promise<Contender> {
  return proven({ name, inputBytes: file.bytes, work: () => fused(file.path, work) }, ({ entities }: Outcome) => {
    if (entities !== file.wanted.entities) throw new Error(`${name}: ${entities} entities`);
  });
}

/** Absent ids: all input is read, and the document is empty. */
function selecting(name: string, file: InputFile, work: Work): Contender {
  const expected = envelopeOutcome({ entities: 0, bytes: 0 });
  return { name, inputBytes: file.bytes, expected, work: () => fused(file.path, work) };
}

/** Reported in milliseconds and bytes read, because a rate would say nothing. */
function limited(file: InputFile, work: Work): Promise<Contender> {
  return proven({ name: WORK.tenRecords, inputBytes: 0, work: () => fused(file.path, work) }, ({ entities }) => {
    if (entities !== work.maxRecords) throw new Error(`${WORK.tenRecords}: ${entities} entities`);
  });
}
