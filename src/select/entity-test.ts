/** Whether something holds for an entity: told of the whole at once, or of pieces that hold all its values between them. */

/** Judging one entity piece by piece. */
export interface Judging {
  /** Looks at a piece; answers whether no other one can change the answer. */
  see(piece: unknown): boolean;
  holds(): boolean;
}

/** A test that holds, or does not, by which values there are. */
export interface EntityTest {
  /** Looks at the whole entity. */
  of(entity: unknown): boolean;
  /** Begins to judge an entity that comes in pieces. */
  begin(): Judging;
}

/** Told what was found, perhaps again; answers whether enough is known. */
export type Hit = (number: number) => boolean;

/** What was found so far, and what follows. */
export interface Findings {
  readonly hit: Hit;
  holds(): boolean;
}

/** Holds where something is found in some piece; with `not`, where nothing is. */
export function exists(isFound: (piece: unknown) => boolean, not = false): EntityTest {
  return {
    of: (entity) => isFound(entity) !== not,
    begin() {
      let any = false;
      return {
        see(piece) {
          any ||= isFound(piece);
          return any;
        },
        holds: () => any !== not,
      };
    },
  };
}

/**
 * Holds by all that is found together.
 * @param search looks through a piece, and answers whether enough is known
 */
export function found(begin: () => Findings, search: (piece: unknown, hit: Hit) => boolean): EntityTest {
  return {
    of(entity) {
      const findings = begin();
      search(entity, findings.hit);
      return findings.holds();
    },
    begin() {
      const findings = begin();
      return { see: (piece) => search(piece, findings.hit), holds: findings.holds };
    },
  };
}

/** Holds where all do. */
export function every(tests: readonly EntityTest[]): EntityTest {
  if (tests.length === 1) return tests[0];
  return {
    of: (entity) => tests.every((test) => test.of(entity)),
    begin: () => together(tests, (all) => all.every((judging) => judging.holds())),
  };
}

/** Holds where one does. */
export function some(tests: readonly EntityTest[]): EntityTest {
  return {
    of: (entity) => tests.some((test) => test.of(entity)),
    begin: () => together(tests, (all) => all.some((judging) => judging.holds())),
  };
}

function together(tests: readonly EntityTest[], holds: (all: readonly Judging[]) => boolean): Judging {
  const all = tests.map((test) => test.begin());
  const open = new Set(all);
  return {
    see(piece) {
      for (const judging of open) if (judging.see(piece)) open.delete(judging);
      return open.size === 0;
    },
    holds: () => holds(all),
  };
}
