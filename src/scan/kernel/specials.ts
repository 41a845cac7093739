/** Escapes and control characters of a block: most blocks have none. */
import { CARRIAGE_RETURN, NEWLINE, TAB } from './ascii';
import { escapeLength } from './tokens';

/** Whether all escapes of the block at `pos` are valid; `escaped` marks the bytes after the backslashes. */
export function areEscapes(pos: usize, escaped: u64): bool {
  for (; escaped != 0; escaped &= escaped - 1) {
    if (escapeLength(pos + usize(ctz(escaped))) == 0) return false;
  }
  return true;
}

/** Whether the control characters at these bits of the block at `pos` are white space, in a line also no newline. */
export function areBlanks(pos: usize, controls: u64, inLine: bool): bool {
  for (; controls != 0; controls &= controls - 1) {
    const byte = i32(load<u8>(pos + usize(ctz(controls))));
    if (byte != CARRIAGE_RETURN && byte != TAB && (byte != NEWLINE || inLine)) return false;
  }
  return true;
}
