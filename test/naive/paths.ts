/** Projection by paths and the values at a path, done naively on text: paths are lists of steps that get shorter. */
import { EVERY, type Path } from '../../src/terms/path.js';
import type { PathFields } from '../../src/terms/path-fields.js';
import { charAt, type Member, members, readValue, type Span, skipSpace } from './json-text.js';

/** The entity at the span with what stays of it. */
export function projectedByPaths(bytes: Buffer, entity: Span, { include, renamed, exclude = [] }: PathFields): string {
  const isOpen = include === undefined && renamed === undefined;
  const kept = keptText(bytes, entity, isOpen ? [[]] : (include ?? []), exclude) ?? '{}';
  const added = (renamed ?? []).flatMap(({ name, path }) => {
    const { spans, many } = valuesAt(bytes, entity, path, exclude);
    const texts = spans.flatMap(({ span, out }) => keptText(bytes, span, [[]], out) ?? []);
    if (texts.length === 0) return [];
    return [`${JSON.stringify(name)}:${many ? `[${texts.join(',')}]` : texts[0]}`];
  });
  if (added.length === 0) return /^\{\s*\}$/.test(kept) ? '{}' : kept;
  const inside = /^\{\s*\}$/.test(kept) ? '' : `${kept.slice(1, -1)},`;
  return `{${inside}${added.join(',')}}`;
}

/** What stays of a value; undefined if nothing does. Paths are relative to the value. */
function keptText(bytes: Buffer, span: Span, include: readonly Path[], exclude: readonly Path[]): string | undefined {
  if (exclude.some((path) => path.length === 0)) return undefined;
  const whole = include.some((path) => path.length === 0);
  const text = bytes.toString('utf8', span.start, span.end);
  if (whole && exclude.length === 0) return text;
  if (include.length === 0) return undefined;
  const inside = (next: (paths: readonly Path[]) => readonly Path[], value: Span) =>
    keptText(bytes, value, whole ? [[]] : next(include), next(exclude));
  let texts: string[];
  let total: number;
  if (text.startsWith('{')) {
    const all = membersOf(bytes, span);
    total = all.length;
    texts = all.flatMap((member) => {
      const kept = inside((paths) => inMember(paths, member.name), member.value);
      return kept === undefined ? [] : [`${bytes.toString('utf8', member.key.start, member.key.end)}:${kept}`];
    });
  } else if (text.startsWith('[')) {
    const all = elementsOf(bytes, span);
    total = all.length;
    texts = all.flatMap((element, index) => inside((paths) => inElement(paths, index), element) ?? []);
  } else {
    return whole ? text : undefined;
  }
  if (total === 0) return text;
  if (texts.length === 0 && !whole) return undefined;
  return `${text[0]}${texts.join(',')}${text.at(-1)}`;
}

function inMember(paths: readonly Path[], name: string): readonly Path[] {
  return paths.flatMap(([step, ...rest]) => (step === EVERY || step === name ? [rest] : []));
}

/** A number is one element, `*` is every one, and a name is looked for in every one. */
function inElement(paths: readonly Path[], index: number): readonly Path[] {
  return paths.flatMap((path) => {
    const [step, ...rest] = path;
    if (step === EVERY || step === String(index)) return [rest];
    return step === undefined || isNumber(step) ? [] : [path];
  });
}

function isNumber(step: string): boolean {
  return String(Number.parseInt(step, 10)) === step && !step.startsWith('-');
}

/** The values that a path leads to, each with what is left out inside; of equal names the last counts. */
function valuesAt(
  bytes: Buffer,
  span: Span,
  path: Path,
  exclude: readonly Path[] = [],
): { readonly spans: readonly { readonly span: Span; readonly out: readonly Path[] }[]; readonly many: boolean } {
  if (exclude.some((out) => out.length === 0)) return { spans: [], many: false };
  const [step, ...rest] = path;
  if (step === undefined) return { spans: [{ span, out: exclude }], many: false };
  const first = charAt(bytes, span.start, span.end);
  if (first === '{') {
    const last = new Map(membersOf(bytes, span).map((member) => [member.name, member]));
    const wanted = [...last.values()].filter(({ name }) => step === EVERY || step === name);
    const found = wanted.map(({ name, value }) => valuesAt(bytes, value, rest, inMember(exclude, name)));
    return { spans: found.flatMap(({ spans }) => spans), many: step === EVERY || found.some(({ many }) => many) };
  }
  if (first !== '[') return { spans: [], many: false };
  const found = elementsOf(bytes, span).flatMap((element, index) => {
    const out = inElement(exclude, index);
    if (step === EVERY || step === String(index)) return [valuesAt(bytes, element, rest, out)];
    return isNumber(step) ? [] : [valuesAt(bytes, element, path, out)];
  });
  const many = step === EVERY || !isNumber(step) || found.some((one) => one.many);
  return { spans: found.flatMap(({ spans }) => spans), many };
}

function membersOf(bytes: Buffer, { start, end }: Span): readonly Member[] {
  return [...members(bytes, start, end, Number.POSITIVE_INFINITY, readValue)];
}

function elementsOf(bytes: Buffer, { start, end }: Span): readonly Span[] {
  const elements: Span[] = [];
  let pos = skipSpace(bytes, start + 1, end);
  while (charAt(bytes, pos, end) !== ']') {
    const after = readValue(bytes, pos, end, Number.POSITIVE_INFINITY);
    elements.push({ start: pos, end: after });
    pos = skipSpace(bytes, after, end);
    if (charAt(bytes, pos, end) === ',') pos = skipSpace(bytes, pos + 1, end);
  }
  return elements;
}
