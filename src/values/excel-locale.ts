/** What Excel of a locale expects of a table. */

/** Whether something is known of the locale. */
export function isLocale(text: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(text).length > 0;
  } catch {
    return false;
  }
}

/** The decimal sign of a locale. */
export function decimalSign(locale: string): string {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
  return parts.find(({ type }) => type === 'decimal')?.value ?? '.';
}

/** The delimiter that Excel of a locale expects: where the decimal sign is a comma, a comma is none. */
export function excelDelimiter(locale: string): string {
  return decimalSign(locale) === ',' ? ';' : ',';
}
