import { Command } from 'commander';
import {
  type DetailFlags,
  detailsOf,
  existingOperation,
  newOperation,
  type Operation,
  type OperationFlags,
  send,
  spanIdOfOperation,
  type Telling,
  withDetails,
  withOperation,
} from './custom-event.ts';
import { flag, type ServerFlags, withJson, withServer } from './flags.ts';
import { printJson } from './output.ts';

interface EventFlags extends ServerFlags, OperationFlags, DetailFlags {
  readonly time?: string;
  readonly startedAt?: string;
  readonly stage?: string;
  readonly error?: boolean;
  readonly json?: boolean;
}

type Action = Telling['action'];

const PATIENCE_MS = 10_000;

const EXAMPLES: Record<Action, string> = {
  start: `
Examples:
  $ id=$(valuestream event start --type build --title "Build 7" --branch main)
  $ valuestream event start --type deploy --namespace shop --id 42 --environment production --stage queue`,
  transition: `
Examples:
  $ valuestream event transition "$id" --stage test
  $ valuestream event transition --type deploy --namespace shop --id 42 --stage rollout`,
  end: `
Examples:
  $ valuestream event end "$id"
  $ valuestream event end --type deploy --namespace shop --id 42 --error --tag reason=timeout`,
};

/** `valuestream event start|transition|end`: custom events from scripts and jobs. */
export function eventCommand(): Command {
  return new Command('event')
    .description('tell that something has started, moved on or ended')
    .addCommand(eventOf('start', 'tell that an operation has started, and print its span id'))
    .addCommand(eventOf('transition', 'tell that an operation has entered its next stage'))
    .addCommand(eventOf('end', 'tell that an operation has ended'))
    .addHelpText('after', EXAMPLES.start);
}

function eventOf(action: Action, description: string): Command {
  const command = new Command(action).description(description);
  if (action !== 'start') command.argument('[span-id]', 'what "event start" printed; or name it with --id');
  withDetails(withOperation(command, 'EVENT'), 'EVENT')
    .addOption(stageFlag(action))
    .addOption(flag('EVENT', '--time <time>', 'when it happened (RFC 3339; default: now)'))
    .addOption(flag('EVENT', '--started-at <time>', 'when the operation began, where no start was told'));
  if (action === 'end') command.addOption(flag('EVENT', '--error', 'it has failed'));
  return withJson(withServer(command))
    .addHelpText('after', EXAMPLES[action])
    .action(async (...args: unknown[]) => {
      const flags = command.opts<EventFlags>();
      const spanId = action === 'start' ? undefined : (args[0] as string | undefined);
      await tell(action, action === 'start' ? newOperation(flags) : existingOperation(spanId, flags), flags);
    });
}

function stageFlag(action: Action) {
  const option = flag('EVENT', '--stage <name>', action === 'end' ? 'the last stage' : 'the stage that begins');
  return action === 'transition' ? option.makeOptionMandatory() : option;
}

async function tell(action: Action, operation: Operation, flags: EventFlags): Promise<void> {
  const { time, startedAt, stage, error } = flags;
  const telling: Telling = {
    action,
    time: time ?? new Date().toISOString(),
    started_at: startedAt,
    stage,
    error,
    ...detailsOf(flags),
  };
  await send(flags, operation, telling, { patienceMs: PATIENCE_MS });
  const spanId = spanIdOfOperation(operation);
  if (flags.json === true) printJson({ span_id: spanId });
  else console.log(spanId);
}
