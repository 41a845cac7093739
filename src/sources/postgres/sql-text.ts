/** Texts as SQL writes them. */
import type { Client } from 'pg';

/** The driver's own quoting. */
export type Quote = Pick<Client, 'escapeLiteral'>;

/** A text as a literal. */
export function textOf(text: string, quote: Quote): string {
  // Where it says E'…' for a backslash, it puts a blank before.
  return quote.escapeLiteral(text).trimStart();
}

/**
 * Texts as one literal, which takes the server no time to read however many they are.
 * @param type of the elements, as SQL
 */
export function textArray(texts: readonly string[], quote: Quote, type = 'text'): string {
  const elements = texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
  return `${textOf(`{${elements.join(',')}}`, quote)}::${type}[]`;
}

/** A statement for people to read: long literals are cut. */
export function shortened(sql: string): string {
  return sql.replace(/'((?:[^'\\]|''|\\.)*)'/g, (literal) =>
    literal.length > 200 ? `${literal.slice(0, 100)}… (${literal.length} characters)'` : literal,
  );
}
