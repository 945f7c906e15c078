// `npm start`: installs what is missing and serves. Arguments go on to `valuestream serve`: npm start -- --port 8080
import { bundledNode, installIfStale, runForeground, SERVER_FLAGS } from './_setup.mjs';

installIfStale();
process.exitCode = await runForeground(bundledNode(), [
  ...SERVER_FLAGS,
  'src/main.ts',
  'serve',
  ...process.argv.slice(2),
]);
