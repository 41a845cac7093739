/** Ranges of the key that several connections read: what remains when the one that finds them is lost. */
import { expect, test } from 'vitest';
import { nextTurn } from '../../../src/loop/turn.js';
import type { CopyOut } from '../../../src/sources/postgres/copy-out.js';
import { rangeCopies } from '../../../src/sources/postgres/range-copies.js';
import type { Session } from '../../../src/sources/postgres/session.js';
import { untyped } from '../../untyped.js';

const SHAPE = { name: 'rows', key: ['n'], unique: true, isJsonb: true, hasLines: false, passesNull: false };

/** A session whose queries end without rows. */
function emptySession(): Session {
  const query = (copy: CopyOut) => {
    setImmediate(() => copy.handleReadyForQuery());
    return copy;
  };
  return untyped({ client: { query }, lost: () => undefined, close: async () => {} });
}

test('fail when no further one can be found, however often that was tried before', async () => {
  let found = 0;
  const copies = rangeCopies({
    shape: SHAPE,
    leader: emptySession(),
    readers: [emptySession()],
    statement: () => 'COPY',
    async keyAfter() {
      if (++found > 2) throw new Error('the connection was lost');
      return [`${found}`];
    },
  });
  for (let read = 0; read < 2; read++) {
    const copy = await copies.next(undefined);
    await copy?.done;
    await nextTurn();
  }
  expect(found).toBeGreaterThan(2);
  await expect(copies.next(undefined)).rejects.toThrow('the connection was lost');
  await copies.close();
});
