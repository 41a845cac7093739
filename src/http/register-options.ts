/** The options of Fastify itself that a plugin finds among its own. */
import { anything, type OptionTable, text } from '../options/accept-options.js';

/** What `app.register` takes for any plugin. */
export interface RegisterOptions {
  readonly prefix?: string;
  readonly logLevel?: string;
  readonly logSerializers?: object;
}

export const REGISTER_OPTIONS: OptionTable<RegisterOptions> = {
  prefix: text,
  logLevel: anything,
  logSerializers: anything,
};
