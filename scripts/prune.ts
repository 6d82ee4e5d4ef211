/** Takes out of the compiled tree what no source stands behind any more: a build compiles only what changed, and deletes nothing. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const COMPILED = /\.js(\.map)?$/

const root = resolve(import.meta.dirname, '../..')
const compiled = join(root, 'dist')

for (const entry of readdirSync(compiled, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name)
  if (!entry.isFile() || !COMPILED.test(entry.name)) continue
  const source = join(root, relative(compiled, file).replace(COMPILED, '.ts'))
  if (!existsSync(source)) rmSync(file)
}
