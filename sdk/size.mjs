// Says how big dist/sdk.js is, and fails when it is bigger than promised.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 5000;

const script = readFileSync(new URL('dist/sdk.js', import.meta.url));
const size = gzipSync(script, { level: 9 }).length;
console.log(`dist/sdk.js: ${size} bytes gzipped, at most ${LIMIT}`);
if (size > LIMIT) process.exitCode = 1;
