/** The terminal of standard error: escapes messages, and survives their loss. */
import { escaped } from '../terms/shown-text.js';

/** Clears the line of the bar; undefined while there is none. */
let clearBar: (() => void) | undefined;

/** Whether a line can be redrawn. */
export function canRedraw(): boolean {
  return process.stderr.isTTY === true && process.env.TERM !== 'dumb';
}

/** The width of the terminal in characters. */
export function terminalWidth(): number {
  // A terminal that reports no width, or 0, is taken to have 80 columns.
  return process.stderr.columns || 80;
}

/** Reserves the current line for a bar, until the returned function is called. */
export function holdLine(clear: () => void): () => void {
  clearBar = clear;
  process.on('exit', showCursor);
  return () => {
    clearBar = undefined;
    process.off('exit', showCursor);
  };
}

/** Restores the terminal if the process exits while a bar is drawn. */
function showCursor(): void {
  clearBar?.();
  process.stderr.write('\u001b[?25h');
}

/** Writes a separate line, with control characters escaped. */
export function writeLine(line: string): void {
  clearBar?.();
  process.stderr.write(`${escaped(line)}\n`);
}

/** Escapes the control characters of each line. */
export function escapedLines(text: string): string {
  return text.split('\n').map(escaped).join('\n');
}

/** A value as one line of JSON, with control characters escaped. */
export function jsonLine(value: unknown): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

/** Ignores errors of standard error, so that a lost message does not end the export. Called once, before any write. */
export function tolerateLostMessages(): void {
  process.stderr.on('error', () => {});
}
