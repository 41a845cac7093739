/** Stages in a row. */
import type { Stage } from '../terms/stage.js';

/** Stages, each fed with the output of the one before. */
export interface Chain<In, Out> {
  readonly stages: readonly Stage<unknown, unknown>[];
  /** Never present; carries the types of both ends. */
  readonly ends?: (input: In) => Out;
}

/** The chain of one stage. */
export function chain<In, Out>(stage: Stage<In, Out>): Chain<In, Out> {
  return { stages: [stage] };
}

/** The chain with one more stage at its end. */
export function append<In, Middle, Out>(front: Chain<In, Middle>, stage: Stage<Middle, Out>): Chain<In, Out> {
  return { stages: [...front.stages, stage] };
}
