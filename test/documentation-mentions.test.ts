/** Everything public is mentioned on some page: functions, options, methods, values, flags, and the codes of errors and notes. */
import { describe, expect, test } from 'vitest';
import { ALL_COMMANDS } from '../src/cli/all-commands.js';
import { exitCodeOf } from '../src/cli/exit-codes.js';
import { createProgram } from '../src/cli/program.js';
import { isErrorCode, statusOf } from '../src/http/statuses.js';
import { ERROR_CODES } from '../src/terms/errors.js';
import { NOTE_CODES } from '../src/terms/receipt.js';
import { PAGES, type Page, pageAt } from './documentation.js';

/** One declaration of docs/api.txt. */
interface Declaration {
  readonly kind: string;
  readonly name: string;
  readonly text: string;
}

const DECLARATIONS: readonly Declaration[] = pageAt('docs/api.txt')
  .text.split(/\n\n/)
  .flatMap((text) => {
    const [, kind, name] = /^(?:abstract )?(function|class|const|interface|type) (\w+)/.exec(text) ?? [];
    return kind === undefined ? [] : [{ kind, name, text }];
  });

/** Interfaces of options whose names do not say so. */
const OPTION_INTERFACES =
  /Options$|Limits?$|^(Retry|RetryOptions|Fields|Condition|Criteria|ExportRequest|DsvSettings)$/;

/** What users call methods of. */
const CALLED = ['Jobs', 'TenantJobs', 'Client', 'ExportStream', 'UnwrappedEnvelope'];

/** Inline code and code blocks, which is where names are written. */
function codeOf({ text }: Page): string {
  return [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].join('\n');
}

const CODE = PAGES.map(codeOf).join('\n');

function isMentioned(word: string): boolean {
  return new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`).test(CODE);
}

const notMentioned = (words: readonly string[]) => [...new Set(words)].filter((word) => !isMentioned(word)).toSorted();

/** Names of the members of an interface, an object type or a class, one level deep. */
function membersOf({ text }: Declaration): readonly string[] {
  return [...text.matchAll(/^ {4}(?:readonly |get )?(\w+)\??[:(<]/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'constructor');
}

describe('mentioned on a page', () => {
  test('the report of public signatures was read', () => {
    expect(DECLARATIONS.length).toBeGreaterThan(100);
    expect(DECLARATIONS.map(({ name }) => name)).toEqual(expect.arrayContaining(['exportEntities', 'ExportOptions']));
  });

  test('is every public function, class and constant', () => {
    const public_ = DECLARATIONS.filter(({ kind }) => ['function', 'class', 'const'].includes(kind));
    expect(notMentioned(public_.map(({ name }) => name))).toStrictEqual([]);
  });

  test('is every option', () => {
    const options = DECLARATIONS.filter(({ kind, name }) => kind === 'interface' && OPTION_INTERFACES.test(name));
    expect(notMentioned(options.flatMap(membersOf))).toStrictEqual([]);
  });

  test('is every method of a public object', () => {
    const called = DECLARATIONS.filter(({ name }) => CALLED.includes(name));
    expect(notMentioned(called.flatMap(membersOf))).toStrictEqual([]);
  });

  test('is every word of a public union', () => {
    const unions = DECLARATIONS.filter(({ kind, text }) => kind === 'type' && /= (\w+ \| )?'/.test(text));
    const words = unions.flatMap(({ text }) => [...text.matchAll(/'([^']+)'/g)].map(([, word]) => word));
    expect(notMentioned(words)).toStrictEqual([]);
  });

  test('is every code of a note', () => {
    expect(notMentioned(NOTE_CODES)).toStrictEqual([]);
  });

  test('is every command and every flag', () => {
    const { commands } = createProgram(() => {}, ALL_COMMANDS);
    const flags = commands.flatMap(({ options }) => options.flatMap(({ long }) => long ?? []));
    expect(flags.length).toBeGreaterThan(50);
    expect(notMentioned([...commands.map((command) => `sluice ${command.name()}`), ...flags])).toStrictEqual([]);
  });
});

test('docs/guarantees.md lists every error code with its exit code, HTTP status, cause and remedy', () => {
  const rows = pageAt('docs/guarantees.md').text.matchAll(/^\| `([A-Z0-9_]+)` \| (\d+) \| (\d+) \| (.+) \| (.+) \|$/gm);
  const listed = [...rows].map(([, code, exit, status]) => ({ code, exit: Number(exit), status: Number(status) }));
  const codes = Object.keys(ERROR_CODES).filter(isErrorCode);
  expect(listed).toStrictEqual(codes.map((code) => ({ code, exit: exitCodeOf(code), status: statusOf(code) })));
});
