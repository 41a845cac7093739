/** Text that is written from tables of options: docstrings of interfaces, and tables of the documentation. */
import type { Option, Options } from '../../src/options/option.js';

/** Characters of a line of source. */
const LINE = 120;

/** What an option is, in sentences. */
function sentencesOf({ about, details, default: byDefault }: Option): string {
  const first = `${about[0].toUpperCase()}${about.slice(1)}.`;
  return [first, details, byDefault && `Default: ${byDefault}.`].filter(Boolean).join(' ');
}

function docstring(text: string): string {
  if (text.length + 9 <= LINE) return `  /** ${text} */`;
  const lines: string[] = [];
  let line = '  ';
  for (const word of `* ${text}`.split(' ')) {
    if (line.length + 1 + word.length > LINE) {
      lines.push(line);
      line = '   *';
    }
    line = `${line} ${word}`;
  }
  return ['  /**', ...lines, line, '   */'].join('\n');
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

/** The rows of the table of options in a page: name, flag, meaning, default. */
export function rowsOf(options: Options): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return Object.entries(options)
    .map(([name, { flag, about, details, default: byDefault }]) => {
      const [long = ''] = /--[\w-]+/.exec(flag ?? '') ?? [];
      const meaning = [about, details].filter(Boolean).join('. ');
      return `| \`${name}\` | ${long && `\`${long}\``} | ${cell(meaning)} | ${cell(byDefault ?? '')} |\n`;
    })
    .join('');
}
