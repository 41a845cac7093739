/** Values at paths are found in steps where they are found at once. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemberTree } from '../../src/scan/member-tree.js';
import { entityText, FIELDS } from '../naive/arbitraries.js';
import { runs } from '../runs.js';

it('has the same places and faults in steps', () => {
  const step = fc.constantFrom(...FIELDS, 'id', 'type', 'data', '0', '1');
  const paths = fc.array(fc.tuple(fc.array(step, { minLength: 1, maxLength: 3 }), fc.boolean()), { maxLength: 8 });
  const property = fc.property(fc.array(entityText, { maxLength: 3 }), paths, (entities, wanted) => {
    const text = Buffer.from(`{"data":[${entities}],"a":${entities[0] ?? '"a"'},"id":1}`);
    const tree = new MemberTree(wanted.length);
    for (const [slot, [path, isUnique]] of wanted.entries()) tree.add(path, slot, isUnique);
    tree.begin(text, 100, false);
    const places = () => wanted.map((_, slot) => [tree.keyStart(slot), tree.start(slot), tree.end(slot)]);
    const fault = tree.find(0, text.length);
    const expected = fault ?? places();
    const steps = tree.findInSteps(0, text.length);
    for (;;) {
      const { done, value } = steps.next();
      if (!done) continue;
      expect(value ?? places()).toEqual(expected);
      return;
    }
  });
  fc.assert(property, runs(500));
});
