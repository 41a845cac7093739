/** Builds the console into dist/console: a page, and files whose names have a hash of their content. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The packages inside, with the licences that ask for their texts. */
const BUNDLED = ['@noble/hashes', '@preact/signals', '@preact/signals-core', 'lossless-json', 'preact', 'uplot'];

await build({
  root: `${ROOT}src/console`,
  configFile: false,
  publicDir: false,
  // Addresses are relative to the page, so that the console works under every prefix.
  base: './',
  build: {
    outDir: `${ROOT}dist/console`,
    emptyOutDir: true,
    assetsDir: 'console',
    // Data in addresses is outside the policy of the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
  },
  logLevel: 'warn',
});

const licences = BUNDLED.map((name) => {
  const folder = `${ROOT}node_modules/${name}`;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence text`);
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
});
writeFileSync(`${ROOT}dist/console/LICENSES.txt`, licences.join(`\n${'-'.repeat(80)}\n\n`));
