/**
 * Compiles AssemblyScript into TypeScript files: the kernel of the scanner, and the deflater. `--check` only reports
 * whether these files are up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const MODULES = [
  { what: 'The kernel', name: 'KERNEL_CODE', source: 'src/scan/kernel', target: 'src/scan/kernel-code.ts' },
  { what: 'The deflater', name: 'DEFLATER_CODE', source: 'src/pack/deflater', target: 'src/pack/deflater-code.ts' },
];

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

async function compile(source) {
  let code;
  const messages = asc.createMemoryStream();
  const { error } = await asc.main([`${source}/index.ts`, '--baseDir', ROOT, '--outFile', 'code.wasm', ...OPTIONS], {
    stdout: messages,
    stderr: messages,
    writeFile: (name, content) => {
      if (name === 'code.wasm') code = content;
    },
  });
  if (error || !code) throw new Error(`${source} does not compile:\n${messages.toString()}`);
  return Buffer.from(code);
}

/** The constants of `boundary.ts`, whose values are numbers or products of numbers. */
function boundaryConstants(source) {
  const text = readFileSync(`${ROOT}/${source}/boundary.ts`, 'utf8');
  return [...text.matchAll(/^export const (\w+): \w+ = ([^;]+);$/gm)].map(([, name, value]) => {
    const number = value.split(' * ').reduce((product, factor) => product * Number(factor), 1);
    if (!Number.isSafeInteger(number)) throw new Error(`${name} is not a number: ${value}`);
    return `export const ${name} = ${number};`;
  });
}

for (const { what, name, source, target } of MODULES) {
  const code = await compile(source);
  const text = `/** ${what}, compiled to base64, and its constants: written by \`npm run kernel\` from ${source}. */
export const ${name} =
  '${code.toString('base64')}';

${boundaryConstants(source).join('\n')}
`;
  if (!process.argv.includes('--check')) {
    writeFileSync(`${ROOT}/${target}`, text);
    console.log(`${target}: ${code.length} bytes of code`);
  } else if (readFileSync(`${ROOT}/${target}`, 'utf8') !== text) {
    console.error(`${target} is out of date with ${source}: npm run kernel`);
    process.exitCode = 1;
  }
}
