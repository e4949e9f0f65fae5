import {writeFileSync} from 'node:fs';
import {overview} from './overview.js';

writeFileSync(new URL('../../docs/overview.md', import.meta.url), overview());
