/** A zip archive of one file. */
import { defaultThreads } from './default-threads.js';
import { DEFAULT_LEVEL, deflateStage, type PackOptions, type PackStage } from './deflate-stage.js';
import { zipContainer } from './zip-container.js';

/** What a zip is made of. */
export interface ZipOptions extends PackOptions {
  /** Name of the file inside. */
  readonly name: string;
}

/** Makes the stage: the bytes that come are one file of the archive that goes out. */
export function zipStage({ name, level = DEFAULT_LEVEL, threads = defaultThreads(), from }: ZipOptions): PackStage {
  const method = level === 0 ? 'store' : 'deflate';
  return deflateStage('zip', zipContainer({ name, level }), { method, level, threads }, from);
}
