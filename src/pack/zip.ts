/** A zip archive of one file. */
import { type Container, deflateOptions, deflateStage, type PackOptions, type PackStage } from './deflate-stage.js';
import { RawZip } from './yazl-adapter.js';

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

/** The bytes around the content. */
export function zipContainer({ name, level }: Pick<Required<ZipOptions>, 'name' | 'level'>): Container {
  const zip = new RawZip(level);
  return {
    head: () => zip.begin(name),
    tail: (totals) => Buffer.concat([zip.finish(totals), zip.end()]),
  };
}
