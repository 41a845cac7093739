/** Compiles the kernel into `src/scan/kernel-code.ts`; with `--check` only tells whether it holds what this would write. */
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
  // The memory is made by whoever makes the kernel, and is all zero.
  ...['--importMemory', '--initialMemory', '1', '--zeroFilledMemory'],
  // Constants lie below all that `layout.ts` gives a place to.
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

const code = await compile();
const text = `/** The code of the kernel, in base64: made by \`npm run kernel\` of what lies in src/scan/kernel. */
export const KERNEL_CODE =
  '${code.toString('base64')}';
`;

if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== text) {
    console.error('src/scan/kernel-code.ts is not what src/scan/kernel compiles to: npm run kernel');
    process.exitCode = 1;
  }
} else {
  writeFileSync(TARGET, text);
  console.log(`${code.length} bytes of code`);
}
