/** Keeps the requested paths of entities: source text of bytes, own values of objects. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, entityCount, type ObjectBatch } from '../terms/batch.js';
import { type Excerpts, excerptWidth, FIRST_SPAN } from '../terms/excerpts.js';
import { EVERY } from '../terms/path.js';
import type { PathFields } from '../terms/path-fields.js';
import type { Run } from '../terms/run.js';
import type { Sightings } from '../terms/sightings.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { excerptBatch } from './excerpt-batch.js';
import { namesOfFields } from './excerpt-names.js';
import { keepByTable } from './keep-by-table.js';
import { pathRules } from './path-rules.js';
import { type Numbered, numberPaths, PathWatch } from './path-sightings.js';
import { BytesProjector } from './project-bytes.js';
import { Renamer } from './rename-paths.js';
import { upToFault } from './up-to-fault.js';

/**
 * Makes the stage. What stays is source text in source order, with all members of equal names; members with a new name
 * follow in the order of the request. A container that was not requested itself is left out where nothing of it stays,
 * unless it is empty in the source; so is an element of an array. Batches must have been checked, or trusted.
 */
export function projectPathsStage(paths: PathFields, sightings: Sightings): Stage<Batch, Batch> {
  const numbered = numberPaths(paths);
  const watch = new PathWatch(numbered, sightings);
  const isOpen = paths.include === undefined && paths.renamed === undefined;
  const rules = pathRules({ include: isOpen ? undefined : numbered.include, exclude: numbered.exclude });
  const projector = new BytesProjector(rules, { keepLocated: false, reach: watch.reach });
  const renamer = paths.renamed && new Renamer(paths, numbered, watch.reach);
  const names = namesOfFields(paths);
  const whole = wholeMembers(paths, numbered);
  return {
    name: 'project',
    step: 'select',
    async push(batch, run) {
      const projected = await upToFault(batch, run, (some) => project(some, run));
      sightings.written += entityCount(projected);
      return [projected];
    },
    absorb({ sightings: seen }) {
      sightings.written += seen.written;
      watch.reach(seen.paths ?? []);
    },
    flush(run) {
      watch.report(run);
      return NOTHING;
    },
    close() {
      projector.close();
      renamer?.close();
    },
  };

  async function project(batch: Batch, run: Run): Promise<Batch> {
    if (batch.kind === 'objects') return projectObjects(batch, run);
    const short = excerptBatch(batch, names);
    if (short?.excerpts && whole?.areAll(short.excerpts)) {
      if (watch.isWatching) watch.reach(whole.found(short.excerpts));
      return { ...short, excerpts: undefined };
    }
    const source = { ...(short ?? batch), excerpts: undefined };
    const kept = await projector.project(source, run);
    return renamer ? renamer.append(source, kept, run) : kept;
  }

  async function projectObjects(batch: ObjectBatch, run: Run): Promise<ObjectBatch> {
    const { source, firstIndex, ordinals } = batch;
    const objects: object[] = [];
    for (const [position, entity] of batch.objects.entries()) {
      if (turnIsOver()) await nextTurn(run);
      const place = { source, recordIndex: firstIndex + ordinals[position] };
      const kept = keepByTable(entity, rules, place, watch.reach);
      objects.push(renamer ? renamer.appendTo(kept, entity, place) : kept);
    }
    return { ...batch, objects };
  }
}

/** A projection of complete members of the first level, to which excerpts may be equal. */
interface WholeMembers {
  /** Whether excerpts have these members, and no others. */
  areAll(excerpts: Excerpts): boolean;
  /** The numbers of the paths to those that some excerpt has. */
  found(excerpts: Excerpts): readonly number[];
}

/** The members; undefined if the projection is not of this kind. */
function wholeMembers({ renamed, exclude }: PathFields, { include }: Numbered): WholeMembers | undefined {
  if (renamed || exclude) return undefined;
  const members = include.flatMap(([[name, ...inside], number]) =>
    name === EVERY || name === undefined || inside.length > 0 ? [] : [{ name, number }],
  );
  if (members.length < include.length) return undefined;
  const wanted = new Set(members.map(({ name }) => name));
  return {
    areAll: ({ names }) => names.length === wanted.size && names.every((name) => wanted.has(name)),
    found({ names, records }) {
      const width = excerptWidth(names);
      return members.flatMap(({ name, number }) => {
        let at = FIRST_SPAN + 2 * names.indexOf(name);
        while (at < records.length && records[at] === -1) at += width;
        return at < records.length ? [number] : [];
      });
    },
  };
}
