/** Numbers of things in messages. */

/** A whole number with separators: `1,565`. */
export function formatCount(count: number): string {
  // `toLocaleString` would load the data of all locales, which takes longer than a small export.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
