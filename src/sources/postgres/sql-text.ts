/** Texts as SQL literals. */
import type { Client } from 'pg';

/** The quoting function of the driver. */
export type Quote = Pick<Client, 'escapeLiteral'>;

/** A text as a literal. */
export function textOf(text: string, quote: Quote): string {
  // It puts a blank before E'…', its form for backslashes.
  return quote.escapeLiteral(text).trimStart();
}

/**
 * Texts as one array literal, which the server parses quickly however many there are.
 * @param type of the elements, in SQL
 */
export function textArray(texts: readonly string[], quote: Quote, type = 'text'): string {
  const elements = texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
  return `${textOf(`{${elements.join(',')}}`, quote)}::${type}[]`;
}

/** A statement for display: long literals are cut. */
export function shortened(sql: string): string {
  return sql.replace(/'((?:[^'\\]|''|\\.)*)'/g, (literal) =>
    literal.length > 200 ? `${literal.slice(0, 100)}… (${literal.length} characters)'` : literal,
  );
}
