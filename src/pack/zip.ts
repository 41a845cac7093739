/** A zip archive of one file. */
import { deflateOptions, deflateStage, type PackOptions, type PackStage } from './deflate-stage.js';
import { zipContainer } from './zip-container.js';

/** Options of a zip. */
export interface ZipOptions extends PackOptions {
  /** The name of the file inside. */
  readonly name: string;
}

/** Makes the stage: its input becomes the only file of the archive. */
export function zipStage({ name, from, ...given }: ZipOptions): PackStage {
  const options = deflateOptions(given);
  const { level } = options;
  const method = level === 0 ? 'store' : 'deflate';
  return deflateStage('zip', zipContainer({ name, level }), { method, ...options }, from);
}
