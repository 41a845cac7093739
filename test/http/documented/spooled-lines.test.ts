/** Lines of entities in any chunks: what belongs to a page, and what comes before and after it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachLine } from '../../../src/http/documented/spooled-lines.js';

test('the lines of a range are kept, however they are cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ maxLength: 5 }).map((text) => text.replaceAll('\n', '')),
        { maxLength: 12 },
      ),
      fc.array(fc.nat(80), { maxLength: 12 }),
      fc.nat(14),
      fc.nat(14),
      (lines, cuts, from, length) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const places = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
        let before = 0;
        let kept = '';
        for (const [index, place] of places.slice(0, -1).entries()) {
          const chunk = bytes.subarray(place, places[index + 1]);
          const { lines: more, start, end } = eachLine(chunk, before, { from, to: from + length });
          before += more;
          kept += chunk.subarray(start, end).toString('latin1');
        }
        expect(before).toBe(lines.length);
        const expected = lines.slice(from, from + length).map((line) => `${line}\n`);
        expect(kept).toBe(Buffer.from(expected.join('')).toString('latin1'));
      },
    ),
  );
});
