/** The order of test files: those that take longest begin first, so that none of them runs alone at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take most of a minute: they start many processes, or export megabytes in many ways. */
const LONG =
  /\/test\/(package\/tarball|chaos\/|documentation|postgres\/documentation|examples|fuzz\/|export\/export-slices|cli\/(destinations|commands|main|bad-input|serve)|jobs\/postgres\/)/;

/** A clean clone has no durations of earlier runs, by which Vitest would order the files; it falls back to their size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
