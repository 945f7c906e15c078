import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Talks on stderr: readable lines on a terminal, JSON elsewhere. Never given a payload or a secret. */
export function createLog(level: LogLevel, isTerminal = process.stderr.isTTY === true): Logger {
  const options = { level, base: null };
  if (!isTerminal) return pino(options, pino.destination({ dest: 2, sync: true }));
  return pino(options, pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }));
}
