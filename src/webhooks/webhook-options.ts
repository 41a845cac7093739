/** Options of webhooks. */
import { MAX_TIMER_MS } from '../options/accept-options.js';
import { flagged, milliseconds, type Options, typed } from '../options/option.js';
import { isWebhookUrl } from './endpoint-address.js';

export const WEBHOOK_OPTIONS = {
  urls: {
    kind: typed('Readonly<Record<string, string | readonly string[]>>', (value, path, faults) => {
      for (const [tenant, urls] of Object.entries(faults.object(value, path) ?? {})) {
        for (const url of [urls].flat()) {
          if (!isWebhookUrl(url)) faults.add('INVALID', `${path}.${tenant}`, 'must be an address with http or https');
        }
      }
    }),
    about: 'addresses that are told of the ends of all jobs of a tenant, by its name',
    flag: '--webhook <tenant=url>',
    flagAbout: 'tell this address of the ends of all jobs of a tenant; repeatable',
    flagSyntax: 'pairs',
  },
  allowPrivate: {
    kind: flagged,
    about: 'whether private, loopback and link-local addresses may be called',
    default: '`false`',
    flag: '--webhook-private',
    flagAbout: 'let webhooks call private, loopback and link-local addresses',
  },
  timeoutMs: {
    kind: milliseconds(1, MAX_TIMER_MS),
    about: 'maximum time of an attempt',
    default: '10s',
  },
  minDelayMs: {
    kind: milliseconds(1, MAX_TIMER_MS),
    about: 'delay before the second attempt; doubles with each further one',
    default: '5s',
  },
  maxDelayMs: { kind: milliseconds(1, MAX_TIMER_MS), about: 'maximum delay', default: '1h' },
  giveUpMs: {
    kind: milliseconds(0, MAX_TIMER_MS),
    about: 'time after which no further attempt is made',
    default: '1d',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** How the ends of jobs are told. */
export interface WebhookOptions {
  /** Addresses that are told of the ends of all jobs of a tenant, by its name. */
  readonly urls?: Readonly<Record<string, string | readonly string[]>>;
  /** Whether private, loopback and link-local addresses may be called. Default: `false`. */
  readonly allowPrivate?: boolean;
  /** Maximum time of an attempt. Default: 10s. */
  readonly timeoutMs?: number;
  /** Delay before the second attempt; doubles with each further one. Default: 5s. */
  readonly minDelayMs?: number;
  /** Maximum delay. Default: 1h. */
  readonly maxDelayMs?: number;
  /** Time after which no further attempt is made. Default: 1d. */
  readonly giveUpMs?: number;
}
