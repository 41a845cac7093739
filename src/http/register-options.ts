/** Fastify's own options among those of a plugin. */
import { anything, type OptionTable, text } from '../options/accept-options.js';

/** Options that `app.register` accepts for any plugin. */
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
