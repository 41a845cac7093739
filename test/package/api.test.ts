/** docs/api.txt has every public signature, so that a diff shows each change of one. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript-5';
import { expect, test } from 'vitest';
import { ROOT, readPackageFile } from '../house/source-files.js';

const MANIFEST: { readonly exports: Readonly<Record<string, string | { readonly types: string }>> } = JSON.parse(
  readPackageFile('package.json'),
);

const printer = ts.createPrinter({ removeComments: true });

/** Exports of an entry point by name: declarations without comments, private members and redundant modifiers. */
function signaturesOf(program: ts.Program, file: string): readonly string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const entryPoint = source && checker.getSymbolAtLocation(source);
  if (!entryPoint) throw new Error(`${file} exports nothing`);
  return checker
    .getExportsOfModule(entryPoint)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((symbol) => {
      const aimed = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return (aimed.declarations ?? []).map((declaration) => {
        const whole = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
        const text = printer.printNode(ts.EmitHint.Unspecified, whole, whole.getSourceFile());
        const lines = text.split('\n').filter((line) => !/^ +(#private|private )/.test(line));
        return lines.join('\n').replace(/^export (declare )?/, '');
      });
    });
}

/** A host that finds the modules of the package alone: types of other packages take seconds to load, and none is printed. */
function ownDeclarations(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, containingFile, _redirected, settings) =>
    literals.map(({ text }) =>
      text.startsWith('.') ? ts.resolveModuleName(text, containingFile, settings, host) : { resolvedModule: undefined },
    );
  return host;
}

test('docs/api.txt has the public signatures; npm run api updates it', async () => {
  expect(readdirSync(join(ROOT, 'dist'))).toContain('index.d.ts');
  const entryPoints = Object.entries(MANIFEST.exports).flatMap(([path, target]) =>
    typeof target === 'string' ? [] : [{ name: `sluice${path.slice(1)}`, file: join(ROOT, target.types) }],
  );
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    ...{ types: [], noLib: true },
  };
  const program = ts.createProgram(
    entryPoints.map(({ file }) => file),
    options,
    ownDeclarations(options),
  );
  const report = entryPoints.map(
    ({ name, file }) => `${`== ${name} `.padEnd(80, '=')}\n\n${signaturesOf(program, file).join('\n\n')}\n`,
  );
  await expect(report.join('\n')).toMatchFileSnapshot('../../docs/api.txt');
});
