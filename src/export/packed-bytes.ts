/** The packed bytes inside an output, without the text that an envelope has around them. */
import { holdsOneFile } from '../terms/blob-content.js';
import type { OutputPlan } from '../terms/plan.js';
import type { EnvelopeState } from './chain-state.js';

/** Whether the document is packed, inside an envelope too. */
export function isPacked(output: OutputPlan): boolean {
  return output.pack !== 'none' && !(output.pack === 'envelope' && holdsOneFile(output));
}

/** Number of packed bytes in an output of this size; in an envelope, its blob decoded. */
export function packedBytes(outputBytes: number, envelope: EnvelopeState | undefined): number {
  if (!envelope) return outputBytes;
  const { blobLength = 0, carry } = envelope;
  return (blobLength / 4) * 3 + Buffer.byteLength(carry, 'base64');
}

/** The packed bytes of an output. */
export async function* packed(
  chunks: AsyncIterable<Buffer>,
  outputBytes: number,
  envelope: EnvelopeState | undefined,
): AsyncGenerator<Buffer, void> {
  if (!envelope) {
    yield* chunks;
    return;
  }
  const { blobLength = 0, carry } = envelope;
  let text = '';
  for await (const chunk of without(chunks, outputBytes - blobLength)) {
    text += chunk.toString('latin1');
    // Four characters are three bytes.
    const whole = text.length - (text.length % 4);
    yield Buffer.from(text.slice(0, whole), 'base64');
    text = text.slice(whole);
  }
  yield Buffer.from(carry, 'base64');
}

/** The chunks without the first bytes. */
export async function* without(chunks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer, void> {
  let left = length;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
