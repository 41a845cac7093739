/** For tests: the README and the pages of docs/. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the package. */
export const ROOT = resolve(import.meta.dirname, '..');

/** A page of the documentation. */
export interface Page {
  /** From the folder of the package: `docs/cli.md`. */
  readonly path: string;
  readonly text: string;
}

/** The README, then the pages that it links to, in its order. Projects in docs/examples have tests of their own. */
export const PAGES: readonly Page[] = [
  ...new Set(['README.md', ...linksIn(read('README.md')).filter((link) => /^docs\/[^/]+\.md$/.test(link))]),
].map(pageAt);

/** A page, by its path from the folder of the package. */
export function pageAt(path: string): Page {
  return { path, text: read(path) };
}

/** The links of a page that lead to files, as written. */
export function linksIn(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)#\s]+[^)\s]*)\)/g)].map(([, link]) => link).filter((link) => !/^\w+:/.test(link));
}

/** The headings of a page as links name them. */
export function headingsOf({ text }: Page): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The code blocks of one language in a page, in order. */
export function blocksOf({ text }: Page, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code);
}

/** The only code block, of all pages, that contains a word. */
export function blockWith(language: string, word: string): string {
  const all = PAGES.flatMap((page) => blocksOf(page, language)).filter((code) => code.includes(word));
  if (all.length !== 1) throw new Error(`${all.length} blocks of ${language} contain ${word}`);
  return all[0];
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
