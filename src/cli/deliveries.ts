import { Command } from 'commander';
import type { z } from 'zod';
import type { deliveryDetailSchema, deliverySchema } from '../api/schema.ts';
import { Client } from './client.ts';
import { CliFailure } from './failure.ts';
import { flag, type ServerFlags, wholeNumber, withJson, withServer } from './flags.ts';
import { listAll } from './listing.ts';
import { harmless, localTime, printJson, styled, table, zone } from './output.ts';

type Delivery = z.infer<typeof deliverySchema>;
type DeliveryDetail = z.infer<typeof deliveryDetailSchema>;

interface DeliveriesFlags extends ServerFlags {
  readonly source?: string;
  readonly instance?: string;
  readonly outcome?: Delivery['outcome'];
  readonly kind?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly all?: boolean;
  readonly body?: boolean;
  readonly json?: boolean;
}

export const outcomes = ['accepted', 'ignored', 'dead_letter'] as const satisfies Delivery['outcome'][];

/** `valuestream deliveries`: what has arrived. */
export function deliveriesCommand(): Command {
  const command = new Command('deliveries')
    .description('list what has arrived, or show one delivery')
    .argument('[id]', 'show this one: our number of it, or the sender’s delivery id')
    .addOption(flag('DELIVERIES', '--source <id>', 'github, customhttp, …'))
    .addOption(flag('DELIVERIES', '--instance <name>', 'one of several senders of a kind'))
    .addOption(flag('DELIVERIES', '--outcome <outcome>', 'what became of it').choices(outcomes))
    .addOption(flag('DELIVERIES', '--kind <kind>', 'the sender’s word for it: issues.opened'))
    .addOption(flag('DELIVERIES', '--from <time>', 'received at or after (RFC 3339)'))
    .addOption(flag('DELIVERIES', '--to <time>', 'received before (RFC 3339)'))
    .addOption(flag('DELIVERIES', '--limit <number>', 'how many').argParser(wholeNumber(1)).default(50))
    .addOption(flag('DELIVERIES', '--all', 'all of them, however many'))
    .addOption(flag('DELIVERIES', '--body', 'print the body of one, as it was received, and nothing else'));
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
Examples:
  $ valuestream deliveries --outcome dead_letter
  $ valuestream deliveries 4711
  $ valuestream deliveries 4711 --body | jq .pull_request.title`,
    )
    .action(async (id: string | undefined, flags: DeliveriesFlags) => {
      if (id !== undefined) await showOne(id, flags);
      else if (flags.body === true) throw new CliFailure('--body: the body of which delivery? Give its id', 2);
      else await list(flags);
    });
}

async function list(flags: DeliveriesFlags): Promise<void> {
  const { source, instance, outcome, kind, from, to } = flags;
  const query = { source, instance, outcome, kind, from, to };
  const deliveries = await listAll<Delivery>(new Client(flags), '/api/v1/deliveries', query, flags);
  if (flags.json === true) printJson(deliveries);
  else if (deliveries.length === 0)
    console.error('Nothing of that kind has arrived. "valuestream doctor" tells which URLs to paste into the senders.');
  else
    console.log(
      table([`received (${zone()})`, 'id', 'source', 'kind', 'outcome', 'why'], deliveries.map(row), { flexible: 5 }),
    );
}

function row(delivery: Delivery): string[] {
  const { received_at, id, source, instance, kind, outcome, reason, events } = delivery;
  const why = reason ?? `${events} event${events === 1 ? '' : 's'}`;
  const from = instance === '' ? source : `${source}/${instance}`;
  return [localTime(received_at), id, from, harmless(kind), coloured(outcome), harmless(why)];
}

function coloured(outcome: Delivery['outcome']): string {
  if (outcome === 'dead_letter') return styled('red', outcome);
  return styled(outcome === 'accepted' ? 'green' : 'dim', outcome);
}

async function showOne(id: string, flags: DeliveriesFlags): Promise<void> {
  const path = `/api/v1/deliveries/${encodeURIComponent(id)}`;
  const delivery = await new Client(flags).json<DeliveryDetail>('GET', path);
  if (flags.json === true) printJson(delivery);
  else if (flags.body === true) process.stdout.write(bodyOf(delivery));
  else print(delivery);
}

function bodyOf({ id, body, body_status }: DeliveryDetail): string {
  if (body !== null) return body;
  if (body_status === 'withheld')
    throw new CliFailure(
      `the body of delivery ${id} is for those who may do everything: use a token with the scope admin`,
    );
  throw new CliFailure(`the body of delivery ${id} was removed by retention`);
}

function print(delivery: DeliveryDetail): void {
  const { id, delivery_id, source, instance, channel, received_at, authenticity, kind, outcome, reason } = delivery;
  const fields: Record<string, string> = {
    delivery: id,
    'delivery id': delivery_id,
    source: instance === '' ? source : `${source}/${instance}`,
    channel,
    received: `${localTime(received_at)} ${zone()}`,
    signed: authenticity,
    kind,
    outcome: reason === null ? outcome : `${outcome}: ${reason}`,
    ...Object.fromEntries(
      delivery.span_ids.map((spanId, index) => [index === 0 ? 'spans' : ' '.repeat(index), spanId]),
    ),
    ...delivery.headers,
  };
  const rows = Object.entries(fields).map(([name, value]) => [styled('dim', name), harmless(value)]);
  console.log(table(['', ''], rows, { flexible: 1 }).split('\n').slice(1).join('\n'));
  const withoutBody =
    delivery.body_status === 'withheld' ? 'The body is for the scope admin.' : 'The body was removed by retention.';
  console.log(`\n${delivery.body === null ? withoutBody : readable(delivery.body)}`);
}

/** Indented where it is JSON; otherwise as it came, without what a terminal would take for an order. */
function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return harmless(body);
  }
}
