/** `sluice webhooks`: lists deliveries of webhooks, sends one again, prints the secret they are signed with. */
import type { Command } from 'commander';
import { DELIVERY_OPTIONS } from '../client/client-options.js';
import type { RemoteDelivery } from '../client/deliveries.js';
import type { DeliveryState } from '../webhooks/delivery.js';
import { beginCommand } from './commands.js';
import { openConsole, type RunCommand } from './console.js';
import { EXIT } from './exit-codes.js';
import { numberIn } from './flags.js';
import { interruptible } from './interrupt.js';
import { addOptionFlags } from './option-flags.js';
import { addServerFlags, clientOf, type ServerFlags } from './server-flags.js';
import { tableOf } from './table.js';
import { escapedLines } from './terminal.js';
import { usage } from './usage.js';

interface WebhooksFlags extends ServerFlags {
  readonly state?: DeliveryState;
  readonly limit?: number;
  readonly after?: string;
  readonly secret?: boolean;
  readonly redeliver?: boolean;
}

/** Adds the command to the program. */
export function addWebhooksCommand(program: Command, run: RunCommand): void {
  const command = beginCommand(program, 'webhooks')
    .argument('[id]', 'the id of one delivery')
    .option('--redeliver', 'send that delivery again')
    .option('--secret', 'print the secret by which webhooks of the tenant are signed')
    .option('--limit <n>', 'maximum number of deliveries (default: 20)', numberIn({ min: 1, max: 500 }))
    .option('--after <next>', 'start of the page, as printed with the previous one');
  addOptionFlags(command, DELIVERY_OPTIONS, 'state');
  addServerFlags(command)
    .optionsGroup('Messages:')
    .option('--quiet', 'print only errors')
    .option('--json', 'print JSON')
    .action((id: string | undefined, flags: WebhooksFlags) => run(() => runWebhooks(id, flags), flags));
}

async function runWebhooks(id: string | undefined, flags: WebhooksFlags): Promise<number> {
  const out = openConsole(flags);
  const { redeliver = false, secret, state, limit = 20, after } = flags;
  if (redeliver !== (id !== undefined))
    throw usage('name the delivery to send again: sluice webhooks <id> --redeliver');
  return interruptible(async (signal) => {
    const client = await clientOf(flags, out, signal);
    const print = (answer: unknown, text: () => string) =>
      void process.stdout.write(flags.json ? `${escapedLines(JSON.stringify(answer, null, 2))}\n` : text());
    if (secret) {
      const text = await client.webhookSecret();
      print({ secret: text }, () => `${escapedLines(text)}\n`);
      return EXIT.done;
    }
    if (id !== undefined) {
      const delivery = await client.redeliver(id);
      print(delivery, () => tableOf(HEAD, [cells(delivery)]));
      return EXIT.done;
    }
    const page = await client.deliveries({ state, limit, after });
    print(page, () => tableOf(HEAD, page.deliveries.map(cells)));
    if (page.next !== undefined && !flags.json) out.report(`there are more: --after ${page.next}`, { next: page.next });
    return EXIT.done;
  });
}

const HEAD = ['ID', 'STATE', 'JOB', 'ENDED', 'TRIES', 'URL', 'ERROR'];

function cells({ id, state, job, jobState, attempts, url, error }: RemoteDelivery): readonly string[] {
  return [id, state, job, jobState, String(attempts), url, error ?? ''];
}
