/** The first SIGINT or SIGTERM: what is read is kept, and the command ends. A second one ends the process. */
export interface Stop {
  readonly signal: AbortSignal;
  /** As shells have it: 130 after SIGINT, 143 after SIGTERM; 0 before. */
  readonly exitCode: () => number;
  /** Lets signals end the process again. */
  readonly forget: () => void;
}

export function stopOnSignal(): Stop {
  const controller = new AbortController();
  let code = 0;
  const on = (exitCode: number) => () => {
    code = exitCode;
    controller.abort();
  };
  const [interrupt, terminate] = [on(130), on(143)];
  process.once('SIGINT', interrupt).once('SIGTERM', terminate);
  return {
    signal: controller.signal,
    exitCode: () => code,
    forget: () => void process.off('SIGINT', interrupt).off('SIGTERM', terminate),
  };
}
