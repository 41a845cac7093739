/** Text that is written from tables of options: docstrings of interfaces, and tables of the documentation. */
import type { Option, Options } from '../../src/options/option.js';
import {
  DOCUMENTED_MEMBERS,
  type DocumentedMember,
  type DocumentedType,
  membersOf as documentedAt,
} from '../../src/request/accept/documented-members.js';

/** Characters of a line of source. */
const LINE = 120;

/** What an option is, in sentences. */
function sentencesOf({ about, details, default: byDefault }: Option): string {
  const first = `${about[0].toUpperCase()}${about.slice(1)}.`;
  return [first, details, byDefault && `Default: ${byDefault}.`].filter(Boolean).join(' ');
}

function docstring(text: string, indent = '  '): string {
  if (text.length + indent.length + 7 <= LINE) return `${indent}/** ${text} */`;
  const lines: string[] = [];
  let line = `${indent} *`;
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > LINE) {
      lines.push(line);
      line = `${indent} *`;
    }
    line = `${line} ${word}`;
  }
  return [`${indent}/**`, ...lines, line, `${indent} */`].join('\n');
}

const TYPES: Readonly<Record<DocumentedType, string>> = {
  text: 'string',
  texts: 'readonly string[]',
  'text or texts': 'string | readonly string[]',
  flag: 'DocumentedFlag',
  count: 'number | string',
  contexts: 'readonly Context[]',
  'value contexts': 'readonly ValueContext[]',
  conditions: 'readonly Conditions[]',
  relationships: 'readonly Readonly<Record<string, DocumentedRelationship>>[]',
  keywords: 'DocumentedKeywords',
  sort: 'DocumentedSort',
  'profile contexts': 'readonly Readonly<Record<string, string | number>>[]',
  any: 'unknown',
};

/** What the objects within the documented body hold. */
const OBJECTS: Readonly<Record<string, string>> = {
  params: 'The parameters: the only member of the body.',
  'params.query': 'Which entities, and which of their contexts.',
  'params.query.filters': 'What the entities must have.',
  'params.fields': 'Which parts of the entities are kept.',
  'params.options': 'How many entities.',
  'params.rsconnect': 'How the result is written.',
};

/** The members of the interface of the documented body, or of the object at a path of it. */
export function documentedBody(path = '', indent = '  '): string {
  return documentedAt(path)
    .supported.map((name) => {
      const at = path === '' ? name : `${path}.${name}`;
      const member = DOCUMENTED_MEMBERS[at];
      if (!member) {
        const mark = at === 'params' ? '' : '?';
        const members = documentedBody(at, `${indent}  `);
        return `${docstring(OBJECTS[at], indent)}\n${indent}readonly ${name}${mark}: {\n${members}${indent}};\n`;
      }
      const mark = member.isRequired ? '' : '?';
      const about = `${member.about[0].toUpperCase()}${member.about.slice(1)}.`;
      return `${docstring(about, indent)}\n${indent}readonly ${name}${mark}: ${TYPES[member.type]};\n`;
    })
    .join('');
}

/** The members of the interface that a table describes. */
export function membersOf(options: Options, required: readonly string[] = []): string {
  return Object.entries(options)
    .map(([name, option]) => {
      const mark = required.includes(name) ? '' : '?';
      return `${docstring(sentencesOf(option))}\n  readonly ${name}${mark}: ${option.kind.type};\n`;
    })
    .join('');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** The rows of the table of the documented body: path, member in code, meaning. */
export function documentedRows(members: Readonly<Record<string, DocumentedMember>>): string {
  return Object.entries(members)
    .map(([path, { inCode, about }]) => `| \`${path}\` | ${inCode === '' ? '' : `\`${inCode}\``} | ${cell(about)} |\n`)
    .join('');
}

/** The rows of the table of options in a page: name, flag, meaning, default. */
export function rowsOf(options: Options): string {
  return rowsWith(options, ({ flag }) => {
    const [long = ''] = /--[\w-]+/.exec(flag ?? '') ?? [];
    return long && `\`${long}\``;
  });
}

/** The rows of options of several functions: option, the functions, meaning, default. */
export function rowsOfEach(tables: Readonly<Record<string, Options>>): string {
  return Object.entries(tables)
    .map(([functions, options]) => rowsWith(options, () => functions))
    .join('');
}

function rowsWith(options: Options, second: (option: Option) => string): string {
  return Object.entries(options)
    .map(([name, option]) => {
      const { about, details, default: byDefault } = option;
      const meaning = [about, details].filter(Boolean).join('. ');
      return `| \`${name}\` | ${second(option)} | ${cell(meaning)} | ${cell(byDefault ?? '')} |\n`;
    })
    .join('');
}
