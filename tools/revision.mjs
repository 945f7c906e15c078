// Writes down beside what was built from which commit that was, for a package has no history.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
if (status === 0) writeFileSync('dist/revision', stdout);
