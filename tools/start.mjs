// `npm start`: installs what is missing, builds the dashboard if it is stale, and serves. Arguments go on to `valuestream serve`: npm start -- --port 8080
// `npm run demo`: the same with `valuestream demo --serve`.
import { bundledNode, installIfStale, runForeground, SERVER_FLAGS } from './_setup.mjs';
import { buildWebIfStale } from './web.mjs';

const given = process.argv.slice(2);
const command = given[0] === 'demo' ? [] : ['serve'];

installIfStale();
buildWebIfStale();
process.exitCode = await runForeground(bundledNode(), [...SERVER_FLAGS, 'src/main.ts', ...command, ...given]);
