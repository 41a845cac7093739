/** A pipeline of separate streams against the same stages fused, with nobody else's garbage in the process. */
import { composed, fused } from './forms.js';
import type { InputFile, Inputs } from './input.js';
import { OURS } from './names.js';
import { raceSection, type Section, wrapping } from './section.js';

/** Measures a file of lines. */
export function benchComposedLines({ lines }: Inputs): Promise<Section> {
  return compare(lines);
}

/** Measures one document. */
export function benchComposedDocument({ document }: Inputs): Promise<Section> {
  return compare(document);
}

function compare(file: InputFile): Promise<Section> {
  return raceSection([
    wrapping(OURS.checked, file, (path) => fused(path, { trust: false })),
    wrapping(OURS.trusted, file, (path) => fused(path, { trust: true })),
    wrapping(OURS.composedChecked, file, (path) => composed(path, { trust: false })),
    wrapping(OURS.composedTrusted, file, (path) => composed(path, { trust: true })),
  ]);
}
