/**
 * A TypeScript file as the architecture rules see it: its imports, and its syntax tree. Resolves names by the rules of this
 * repository (relative, ending in `.js`), and judges nothing.
 */
import { posix } from 'node:path'
import ts from 'typescript'

export interface Import {
  readonly line: number
  /** As written: `'../kernel/jcs.js'`, `'node:fs'`, `'zod'`. */
  readonly specifier: string
  /** The imported file of this repository, `src/kernel/jcs.ts`; undefined for packages. */
  readonly file: string | undefined
  /** The imported package, `better-sqlite3`, `node:fs`; undefined for files of this repository. */
  readonly packageName: string | undefined
  /** Nothing of it is left after compilation. */
  readonly isTypeOnly: boolean
  /** What is imported as a value, by its exported name; undefined where that is everything. */
  readonly valueNames: readonly string[] | undefined
}

export interface SourceFile {
  /** `src/kernel/jcs.ts` */
  readonly path: string
  readonly lines: readonly string[]
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

/** `parseSource('src/a/b.ts', "import { x } from '../kernel/c.js'")` has one import, of `src/kernel/c.ts`. */
export function parseSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const imports: Import[] = []
  walk(tree, (node) => {
    const found = importOf(node)
    if (found) imports.push({ ...found, ...resolve(path, found.specifier), line: lineOf(tree, node) })
  })
  return { path, lines: text.split('\n'), tree, imports }
}

/** Visits a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** Counted from 1, as editors do. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}

type Found = Pick<Import, 'specifier' | 'isTypeOnly' | 'valueNames'>

/** Static imports, re-exports, `import('…')` and the type `import('…').Name`. */
function importOf(node: ts.Node): Found | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const clause = node.importClause
    const names = clause?.name ? undefined : namesOf(clause?.namedBindings)
    return found(node.moduleSpecifier.text, clause?.isTypeOnly ?? false, names)
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return found(node.moduleSpecifier.text, node.isTypeOnly, namesOf(node.exportClause))
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments
    return argument && ts.isStringLiteral(argument) ? found(argument.text, false, undefined) : undefined
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return found(node.argument.literal.text, true, [])
  }
  return undefined
}

function found(specifier: string, isType: boolean, names: readonly string[] | undefined): Found {
  const valueNames = isType ? [] : names
  return { specifier, valueNames, isTypeOnly: valueNames?.length === 0 }
}

function namesOf(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): readonly string[] | undefined {
  if (!bindings || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return undefined
  return [...bindings.elements]
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ name, propertyName }) => (propertyName ?? name).text)
}

function resolve(from: string, specifier: string): Pick<Import, 'file' | 'packageName'> {
  if (specifier.startsWith('.')) {
    return {
      file: posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts'),
      packageName: undefined,
    }
  }
  if (specifier.startsWith('node:')) return { file: undefined, packageName: specifier }
  const parts = specifier.split('/')
  return { file: undefined, packageName: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') }
}
