/** Foreign text in messages: shortened, and without anything that a terminal would execute. */

/** Characters of a text that a message shows. */
const LONGEST_SHOWN = 80;

/** The text in quotes, as JSON writes it; of a long text its beginning and its length. */
export function quoted(text: string): string {
  if (text.length <= LONGEST_SHOWN) return escaped(JSON.stringify(text));
  return `${escaped(JSON.stringify(text.slice(0, LONGEST_SHOWN)))}… (${text.length} characters)`;
}

/** The text, with escapes for invisible characters. */
export function escaped(text: string): string {
  // Control and format characters, lone surrogates, and line ends; made here, since Node makes it slowly.
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => escapeOf(character.charCodeAt(at))).join(''),
  );
}

function escapeOf(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A text as one word of a command in a shell. */
export function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The path of a file as an argument in a shell, which no command takes for a flag. */
export function shellPath(path: string): string {
  return shellWord(path.startsWith('-') && path !== '-' ? `./${path}` : path);
}
