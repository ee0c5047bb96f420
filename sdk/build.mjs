// Builds dist/: sdk.js (a script), sdk.mjs (a module) and sdk.d.ts (its types).
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const here = fileURLToPath(new URL('.', import.meta.url));
process.chdir(here);
rmSync('dist', { recursive: true, force: true });

for (const [entry, format, outfile] of [
  ['src/script.ts', 'iife', 'dist/sdk.js'],
  ['src/module.ts', 'esm', 'dist/sdk.mjs'],
]) {
  await build({ bundle: true, minify: true, target: 'es2022', charset: 'utf8', logLevel: 'warning', entryPoints: [entry], format, outfile });
  // A second look makes it a fortieth smaller; the host's visitors load this on every page.
  const { code } = await minify(readFileSync(outfile, 'utf8'), { ecma: 2020, module: format === 'esm', compress: { passes: 3 } });
  writeFileSync(outfile, code);
}

const folder = mkdtempSync(join(tmpdir(), 'portico-sdk-'));
try {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const types = (...flags) => execFileSync(process.execPath, [tsc, ...flags], { stdio: 'inherit' });
  types('-p', 'tsconfig.build.json', '--outDir', folder);
  // The public declarations import nothing but each other, so that one after another they are one module.
  const parts = ['errors', 'types', 'module'].map((name) =>
    readFileSync(join(folder, `${name}.d.ts`), 'utf8').replace(/^(import|export (type )?(\*|\{)) .*\n/gm, ''),
  );
  writeFileSync('dist/sdk.d.ts', parts.join('\n'));
  types('--noEmit', '--strict', '--lib', 'es2022,dom', '--typeRoots', folder, 'dist/sdk.d.ts');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

await import('./size.mjs');
