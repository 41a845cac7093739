/** Compiles the kernel into `src/scan/kernel-code.ts`; `--check` only reports whether that file is up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TARGET = fileURLToPath(new URL('../kernel-code.ts', import.meta.url));

const OPTIONS = [
  '-O3',
  '--converge',
  '--noAssert',
  ...['--runtime', 'stub'],
  ...['--enable', 'simd'],
  // The caller creates the memory, filled with zeros.
  ...['--importMemory', '--initialMemory', '1', '--zeroFilledMemory'],
  // Constants are below all addresses of `boundary.ts` and `layout.ts`.
  ...['--memoryBase', '512'],
];

async function compile() {
  let code;
  const messages = asc.createMemoryStream();
  const { error } = await asc.main(
    ['src/scan/kernel/index.ts', '--baseDir', ROOT, '--outFile', 'kernel.wasm', ...OPTIONS],
    {
      stdout: messages,
      stderr: messages,
      writeFile: (name, content) => {
        if (name === 'kernel.wasm') code = content;
      },
    },
  );
  if (error || !code) throw new Error(`the kernel does not compile:\n${messages.toString()}`);
  return Buffer.from(code);
}

/** The constants of `boundary.ts`, whose values are numbers or products of numbers. */
function boundaryConstants() {
  const source = readFileSync(fileURLToPath(new URL('boundary.ts', import.meta.url)), 'utf8');
  return [...source.matchAll(/^export const (\w+): \w+ = ([^;]+);$/gm)].map(([, name, value]) => {
    const number = value.split(' * ').reduce((product, factor) => product * Number(factor), 1);
    if (!Number.isSafeInteger(number)) throw new Error(`${name} is not a number: ${value}`);
    return `export const ${name} = ${number};`;
  });
}

const code = await compile();
const text = `/** The kernel, compiled to base64, and its constants: written by \`npm run kernel\` from src/scan/kernel. */
export const KERNEL_CODE =
  '${code.toString('base64')}';

${boundaryConstants().join('\n')}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== text) {
    console.error('src/scan/kernel-code.ts is out of date with src/scan/kernel: npm run kernel');
    process.exitCode = 1;
  }
} else {
  writeFileSync(TARGET, text);
  console.log(`${code.length} bytes of code`);
}
