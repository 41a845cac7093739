/** Tests of an entity, given complete or in pieces that together have all its values. */

/** The test of one entity, piece by piece. */
export interface Judging {
  /** Examines a piece; returns whether further pieces cannot change the result. */
  see(piece: unknown): boolean;
  holds(): boolean;
}

/** A test that depends on the values of an entity only. */
export interface EntityTest {
  /** Tests a complete entity. */
  of(entity: unknown): boolean;
  /** Begins the test of an entity that comes in pieces. */
  begin(): Judging;
}

/** Receives what was found, possibly more than once; returns whether the search can stop. */
export type Hit = (number: number) => boolean;

/** What was found so far, and whether the test holds by it. */
export interface Findings {
  readonly hit: Hit;
  holds(): boolean;
}

/** Holds if something is found in some piece; with `not`, if nothing is. */
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
 * Holds by everything that is found in all pieces.
 * @param search searches a piece, and returns whether the search can stop
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

/** Holds if all tests hold. */
export function every(tests: readonly EntityTest[]): EntityTest {
  if (tests.length === 1) return tests[0];
  return {
    of: (entity) => tests.every((test) => test.of(entity)),
    begin: () => together(tests, (all) => all.every((judging) => judging.holds())),
  };
}

/** Holds if one test holds. */
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
