/** What a command could not do: the message is for the person at the terminal, and says what to do. */
export class CliFailure extends Error {
  /** 1: it failed. 2: it was called wrongly. */
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'CliFailure';
    this.exitCode = exitCode;
  }
}
