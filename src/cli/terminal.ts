/** The terminal behind standard error: what is written there harms neither it nor the result. */
import { escaped } from '../terms/shown-text.js';

/** Takes the bar off its line, while there is one. */
let clearBar: (() => void) | undefined;

/** Whether a line can be drawn again and again. */
export function canRedraw(): boolean {
  return process.stderr.isTTY === true && process.env.TERM !== 'dumb';
}

/** Characters of a line. */
export function terminalWidth(): number {
  // A terminal that does not tell, or tells nothing, is taken for the usual one.
  return process.stderr.columns || 80;
}

/** A bar has the current line until the function that this answers is called. */
export function holdLine(clear: () => void): () => void {
  clearBar = clear;
  process.on('exit', showCursor);
  return () => {
    clearBar = undefined;
    process.off('exit', showCursor);
  };
}

/** A process that ends while a bar is drawn leaves the terminal as it found it. */
function showCursor(): void {
  clearBar?.();
  process.stderr.write('\u001b[?25h');
}

/** Writes a line of its own, with what a terminal would obey escaped. */
export function writeLine(line: string): void {
  clearBar?.();
  process.stderr.write(`${escaped(line)}\n`);
}

/** Lines in which each has what a terminal would obey escaped. */
export function escapedLines(text: string): string {
  return text.split('\n').map(escaped).join('\n');
}

/** A value as one line of JSON, equal to what `JSON.stringify` makes but for escapes of what a terminal would obey. */
export function jsonLine(value: unknown): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

/** Messages that cannot be written are lost; the result is not. Called once, before anything is written. */
export function tolerateLostMessages(): void {
  process.stderr.on('error', () => {});
}
