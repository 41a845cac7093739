/** Folds long texts in pieces, which together are the folded text. */
import { beginsJoining, fold } from './words.js';

/** Characters of a piece; shorter texts are folded at once. */
export const PIECE_CHARACTERS = 64 * 1024;

/** The folded pieces of a text. Each begins with a character that does not join the one before it. */
export function* foldedPieces(text: string, size = PIECE_CHARACTERS): Generator<string, void> {
  for (let from = 0, end = size; from < text.length; from = end, end += size) {
    while (end < text.length && beginsJoining(text.slice(end, end + 2))) end++;
    yield fold(text.slice(from, end));
  }
}

/** Folds a text, in steps. */
export function* foldInSteps(text: string, size = PIECE_CHARACTERS): Generator<void, string> {
  const pieces: string[] = [];
  for (const piece of foldedPieces(text, size)) {
    pieces.push(piece);
    yield;
  }
  return pieces.join('');
}
