/**
 * Clock, chance, process, environment, locale and time zone in the pure rooms, found in the syntax tree: what a pure room
 * computes must be the same on every machine and on every day.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const PURE_ROOMS = ['contract', 'journal', 'state', 'closure', 'views'] as const;

export type Impurity = { readonly file: string; readonly line: number; readonly what: string };

/** Globals with effects, or whose answer depends on the machine. */
const GLOBALS: ReadonlySet<string> = new Set([
  'process',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'performance',
  'fetch',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'navigator',
  'Intl',
  'Temporal',
  'globalThis',
  'global',
  'require',
  'crypto',
  'eval',
  'Function',
]);
/** Members of a global that read the clock or roll a die. */
const MEMBERS: ReadonlySet<string> = new Set(['Date.now', 'Math.random']);
/** Methods whose answer depends on locale or time zone, whatever they are called on. */
const METHODS =
  /^(toLocale\w*|localeCompare|getTimezoneOffset|[gs]et(FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds|Year)|toDateString|toTimeString)$/;
/** What a pure room may take from node:crypto. */
const PURE_CRYPTO: ReadonlySet<string> = new Set(['createHash', 'Hash', 'hash']);

/** Is this identifier a reference to a value, rather than the name of a property, a declaration or a type? */
const isReference = (node: ts.Identifier): boolean => {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent))
    return false;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isLabeledStatement(parent))
    return false;
  return !('name' in parent && parent.name === node);
};

/** Names a file declares itself: they hide the globals of that name. */
const declaredIn = (source: ts.SourceFile): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (
      (ts.isVariableDeclaration(node) ||
        ts.isParameter(node) ||
        ts.isBindingElement(node) ||
        ts.isFunctionDeclaration(node) ||
        ts.isImportSpecifier(node)) &&
      node.name !== undefined &&
      ts.isIdentifier(node.name) &&
      // The parameters of a type declare nothing that runs.
      !ts.isFunctionTypeNode(node.parent) &&
      !ts.isMethodSignature(node.parent)
    )
      names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
};

const impureHere = (node: ts.Node, declared: ReadonlySet<string>): string | null => {
  if (ts.isIdentifier(node) && GLOBALS.has(node.text) && !declared.has(node.text) && isReference(node))
    return node.text;
  if (ts.isPropertyAccessExpression(node)) {
    const member = `${node.expression.getText()}.${node.name.text}`;
    if (MEMBERS.has(member)) return member;
    if (METHODS.test(node.name.text)) return `.${node.name.text}`;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
    return 'new Date()';
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()';
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return 'import.meta';
  if (ts.isImportDeclaration(node) && /^['"](node:)?crypto['"]$/.test(node.moduleSpecifier.getText())) {
    const bindings = node.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) return 'all of node:crypto';
    const other = bindings.elements.find((one) => !PURE_CRYPTO.has((one.propertyName ?? one.name).text));
    return other === undefined ? null : `node:crypto ${other.getText()}`;
  }
  return null;
};

/** The impurities of one text. `file` is for the answer only. */
export const impuritiesIn = (file: string, text: string): readonly Impurity[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const declared = declaredIn(source);
  const found: Impurity[] = [];
  const visit = (node: ts.Node): void => {
    const what = impureHere(node, declared);
    if (what !== null)
      found.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, what });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

/**
 * @param root a folder that holds `src/`
 * @returns what is impure, in file order; tests and their fixtures may be
 */
export const impurities = (root: string): readonly Impurity[] =>
  PURE_ROOMS.flatMap((room) => globSync(`src/${room}/**/*.ts`, { cwd: root }).toSorted())
    .filter((file) => !/\.(test|fixture)\.ts$/.test(file))
    .flatMap((file) => impuritiesIn(file, readFileSync(join(root, file), 'utf8')));
