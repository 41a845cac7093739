/** Everything public has a docstring: each export of an entry point, and each member of its types. */
import { join, relative } from 'node:path';
import ts from 'typescript-5';
import { expect, test } from 'vitest';
import { ROOT, readPackageFile } from './source-files.js';

const MANIFEST: { readonly exports: Readonly<Record<string, string | { readonly default: string }>> } = JSON.parse(
  readPackageFile('package.json'),
);

const ENTRY_POINTS = Object.values(MANIFEST.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [join(ROOT, target.default.replace('./dist', 'src').replace('.js', '.ts'))],
);

const SETTINGS = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile).config;
const { options } = ts.parseJsonConfigFileContent({ ...SETTINGS, files: ENTRY_POINTS, include: [] }, ts.sys, ROOT);
const program = ts.createProgram(ENTRY_POINTS, options);
const checker = program.getTypeChecker();

/** Whether a member is not for callers: private, or a member of Node's classes. */
function isHidden(member: ts.Declaration): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override;
  const name = ts.getNameOfDeclaration(member);
  return (ts.getCombinedModifierFlags(member) & hidden) !== 0 || (name !== undefined && ts.isPrivateIdentifier(name));
}

function isMember(node: ts.Node): node is ts.Declaration {
  const isProperty = ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isGetAccessor(node);
  return isProperty || ts.isMethodSignature(node) || ts.isMethodDeclaration(node);
}

/** The members of the type that a declaration declares: its own, those of object types within it, and those of its bases. */
function membersOf(declaration: ts.Declaration): readonly ts.Declaration[] {
  const isObject = ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration);
  if (!isObject && !ts.isTypeAliasDeclaration(declaration)) return [];
  const found: ts.Declaration[] = [];
  const visit = (node: ts.Node): void => {
    if (isMember(node)) {
      if (isHidden(node)) return;
      found.push(node);
    }
    // Bodies, and the parameters of functions, have no members.
    if (!ts.isBlock(node) && !ts.isParameter(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(declaration, visit);
  const type = checker.getTypeAtLocation(declaration);
  const bases = (type.isUnion() ? type.types : [type]).flatMap((one) => checker.getPropertiesOfType(one));
  const inherited = bases.flatMap((member) => member.declarations ?? []);
  return [...found, ...inherited.filter((one) => isMember(one) && !isHidden(one) && isOurs(one))];
}

function isOurs(declaration: ts.Declaration): boolean {
  return declaration.getSourceFile().fileName.startsWith(join(ROOT, 'src'));
}

/** Its own docstring, or that of the member which it implements or overrides. */
function hasDocstring(declaration: ts.Declaration): boolean {
  if (ts.getJSDocCommentsAndTags(declaration).some((one) => ts.isJSDoc(one))) return true;
  const name = ts.getNameOfDeclaration(declaration);
  const symbol = name && checker.getSymbolAtLocation(name);
  return symbol !== undefined && isMember(declaration) && symbol.getDocumentationComment(checker).length > 0;
}

function placeOf(declaration: ts.Declaration): string {
  const file = declaration.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(declaration.getStart());
  const name = ts.getNameOfDeclaration(declaration)?.getText() ?? '';
  return `${relative(ROOT, file.fileName)}:${line + 1} ${name}`;
}

test('every public symbol and every public member has a docstring', () => {
  const declarations = ENTRY_POINTS.flatMap((path) => {
    const file = program.getSourceFile(path);
    const entryPoint = file && checker.getSymbolAtLocation(file);
    if (!entryPoint) throw new Error(`${path} exports nothing`);
    return checker.getExportsOfModule(entryPoint).flatMap((symbol) => {
      const aimed = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return aimed.declarations ?? [];
    });
  });
  expect(declarations.length).toBeGreaterThan(100);
  const bare = declarations
    .flatMap((declaration) => [declaration, ...membersOf(declaration)])
    .filter((declaration) => !hasDocstring(declaration));
  expect([...new Set(bare.map(placeOf))].sort()).toStrictEqual([]);
});
