/**
 * The rules of the house, each a pure function of one source file: what it may import, what it may touch, how long and how
 * named it is. A violation names the line and the rule; nothing is repaired.
 */
import { basename } from 'node:path'
import ts from 'typescript'
import { CAPABILITIES, CHOSEN_PACKAGES, EXCEPTIONS, IMPURE_FILES, layerOf, MAY_IMPORT } from './import-table.js'
import { type Import, lineOf, type SourceFile, walk } from './source-file.js'

export interface Violation {
  readonly path: string
  readonly line: number
  readonly text: string
  readonly rule: string
}

export type ArchitectureRule = (file: SourceFile) => readonly Violation[]

export const HARD_CAP = 400
const CAPABILITY_LAYERS: ReadonlySet<string> = new Set(CAPABILITIES)
const PURE_LAYERS: ReadonlySet<string> = new Set(['kernel', 'domain', 'policy', 'projections'])
const VAGUE_NAMES = /^(utils?|helpers?|common|types|models?|managers?|services?|misc)\.ts$/
const FILE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|feed|view))?\.ts$/
/** `Name.member` or a bare global that reads the world. */
const WORLD = /^(Date\.now|Math\.random|performance|process|setTimeout|setInterval|setImmediate|fetch|Intl|crypto)$/
const LOCALE_METHODS = /^(toLocale\w+|localeCompare)$/

/** Layers import downwards only; capabilities see each other's port types only. */
export const importsGoOneWay: ArchitectureRule = (file) => {
  const layer = layerOf(file.path)
  if (layer === undefined) return [violation(file, 1, 'every file belongs to a layer of the import table')]
  return file.imports.flatMap((imported) => {
    if (imported.file === undefined) return []
    const target = layerOf(imported.file)
    if (target === layer || (target && MAY_IMPORT[layer].includes(target)) || isException(file, imported)) return []
    if (target && CAPABILITY_LAYERS.has(layer) && CAPABILITY_LAYERS.has(target)) {
      if (imported.isTypeOnly && basename(imported.file) === 'port.ts') return []
      return [violation(file, imported.line, `capabilities import each other's port types only: ${layer} → ${target}`)]
    }
    return [violation(file, imported.line, `imports go one way: ${layer} may not import ${target ?? 'this'}`)]
  })
}

/** A package that is a choice is known to its adapter only; every package is either such a choice or one of Node's. The kit has none. */
export const packagesStayInTheirAdapters: ArchitectureRule = (file) => {
  if (!/^(src|projections|kit)\//.test(file.path)) return []
  return file.imports.flatMap(({ packageName, line }) => {
    if (packageName === undefined || packageName.startsWith('node:')) return []
    const allowed = CHOSEN_PACKAGES[packageName]
    if (!allowed) return [violation(file, line, `every package is named in the import table: ${packageName}`)]
    return allowed.test(file.path) ? [] : [violation(file, line, `${packageName} is known to ${allowed.source} only`)]
  })
}

/** No clock, randomness, environment, locale or I/O in the pure layers. */
export const pureLayersTouchNothing: ArchitectureRule = (file) => {
  const layer = layerOf(file.path)
  if (layer === undefined || !PURE_LAYERS.has(layer)) return []
  const may = IMPURE_FILES[file.path]?.may ?? []
  const found: Violation[] = []
  const refuse = (line: number, what: string): void => {
    if (!may.includes(what)) found.push(violation(file, line, `${layer} is pure: no ${what}`))
  }
  for (const { packageName, line } of file.imports) {
    if (packageName !== undefined && packageName !== 'zod') refuse(line, packageName)
  }
  walk(file.tree, (node) => {
    const touched = touchedWorld(node)
    if (touched !== undefined) refuse(lineOf(file.tree, node), touched)
  })
  return found
}

/** Hard cap of lines, kebab-case names that say something, a header sentence, named exports, no enum, no namespace. */
export const filesKeepTheHouseStyle: ArchitectureRule = (file) => {
  const found: Violation[] = []
  const name = basename(file.path)
  const length = file.lines.at(-1) === '' ? file.lines.length - 1 : file.lines.length
  if (length > HARD_CAP)
    found.push(violation(file, HARD_CAP + 1, `a file has at most ${HARD_CAP} lines, got ${length}`))
  if (!FILE_NAME.test(name)) found.push(violation(file, 1, 'file names are kebab-case'))
  if (VAGUE_NAMES.test(name)) found.push(violation(file, 1, 'a file is named by a noun or verb that says what it is'))
  if (!/^(\/\*\*|\/\/ |#!)/.test(file.lines[0] ?? '') && !file.path.endsWith('.test.ts')) {
    found.push(violation(file, 1, 'a file opens with a sentence on what it is and refuses'))
  }
  walk(file.tree, (node) => {
    const style = styleFault(node)
    if (style !== undefined) found.push(violation(file, lineOf(file.tree, node), style))
  })
  return found
}

/** A file that only passes on what other files export hides where things are. */
export const noBarrels: ArchitectureRule = (file) => {
  if (file.path === 'projections/index.ts') return []
  const statements = file.tree.statements
  const isBarrel = statements.length > 0 && statements.every((statement) => ts.isExportDeclaration(statement))
  return isBarrel ? [violation(file, 1, 'no barrels but projections/index.ts')] : []
}

export const FILE_RULES: readonly ArchitectureRule[] = [
  importsGoOneWay,
  packagesStayInTheirAdapters,
  pureLayersTouchNothing,
  filesKeepTheHouseStyle,
  noBarrels,
]

/** Circles of imports that are still there after compilation, each as the files that it passes. */
export function importCycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const targets = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.flatMap(({ file, isTypeOnly }) => (file === undefined || isTypeOnly ? [] : [file])),
    ]),
  )
  const cycles: string[][] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      cycles.push([...trail.slice(start), path])
      return
    }
    if (done.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return cycles
}

/** Exceptions that no import needs any more: the table must not promise less than the code keeps. */
export function unusedExceptions(files: readonly SourceFile[]): readonly string[] {
  const isUsed = ({ from, to }: (typeof EXCEPTIONS)[number]): boolean =>
    files.some(
      ({ path, imports }) =>
        from.test(path) &&
        imports.some(({ file, isTypeOnly }) => !isTypeOnly && to.test(file ?? '') && !sameFolder(path, file)),
    )
  return EXCEPTIONS.filter((exception) => !isUsed(exception)).map(({ from, to }) => `${from.source} → ${to.source}`)
}

/** `src/kernel/x.ts:3: import … (kernel is pure: no node:fs)` */
export function describeViolation({ path, line, text, rule }: Violation): string {
  return `${path}:${line}: ${text.trim()} (${rule})`
}

function sameFolder(path: string, target: string | undefined): boolean {
  return target !== undefined && layerOf(path) === layerOf(target)
}

function isException(file: SourceFile, imported: Import): boolean {
  return EXCEPTIONS.some(
    ({ from, to, names }) =>
      from.test(file.path) &&
      to.test(imported.file ?? '') &&
      (names === undefined || (imported.valueNames?.every((name) => names.includes(name)) ?? false)),
  )
}

function touchedWorld(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'Date.now'
  if (ts.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText()}.${node.name.text}`
    if (WORLD.test(name)) return name
    return LOCALE_METHODS.test(node.name.text) ? node.name.text : undefined
  }
  if (!ts.isIdentifier(node) || !WORLD.test(node.text)) return undefined
  return isReference(node) ? node.text : undefined
}

/** Not a member's name, nor the name of a declaration or an import. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  return !(
    ts.isPropertySignature(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isBindingElement(parent) ||
    ts.isParameter(parent)
  )
}

function styleFault(node: ts.Node): string | undefined {
  if (ts.isEnumDeclaration(node)) return 'no enums: unions of literals'
  // `declare module 'fastify'` adds to a package's types and is no namespace.
  if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name)) return 'no namespaces'
  if (ts.isExportAssignment(node)) return 'no default exports'
  if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) {
    return 'no default exports'
  }
  return undefined
}

function violation(file: SourceFile, line: number, rule: string): Violation {
  return { path: file.path, line, text: file.lines[line - 1] ?? '', rule }
}
