/**
 * Writes the pages of `docs/reference` from the code. With `--check` it writes nothing and fails where a page differs, is
 * missing, or describes what is gone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandsPage } from './docs/commands-page.js'
import { disclosurePage } from './docs/disclosure-page.js'
import { codeListsPage, eventsPage, rulesPage } from './docs/event-pages.js'
import { errorsPage, optionsPage, routesPage } from './docs/hub-pages.js'
import { type Page, renderPage } from './docs/page.js'

const FOLDER = 'docs/reference'

export function referencePages(): readonly Page[] {
  return [
    eventsPage(),
    codeListsPage(),
    rulesPage(),
    disclosurePage(),
    errorsPage(),
    optionsPage(),
    routesPage(),
    commandsPage(),
  ]
}

/** What differs between the pages below `root` and the code, a sentence each; empty where nothing does. */
export function docsDrift(root: string): readonly string[] {
  const pages = referencePages()
  const stale = pages
    .filter((page) => textAt(join(root, page.path)) !== renderPage(page))
    .map(({ path }) => `${path} differs from the code: run npm run docs`)
  const known = new Set(pages.map(({ path }) => path))
  const strangers = (existsSync(join(root, FOLDER)) ? readdirSync(join(root, FOLDER)) : [])
    .map((name) => `${FOLDER}/${name}`)
    .filter((path) => !known.has(path))
    .map((path) => `${path} describes nothing that is in the code`)
  return [...stale, ...strangers]
}

function textAt(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function main(isCheck: boolean): void {
  const root = process.cwd()
  if (isCheck) {
    const drift = docsDrift(root)
    for (const line of drift) console.log(line)
    console.log(drift.length === 0 ? 'the reference pages agree with the code' : `${drift.length} pages to renew`)
    if (drift.length > 0) process.exitCode = 1
    return
  }
  for (const page of referencePages()) {
    mkdirSync(dirname(join(root, page.path)), { recursive: true })
    writeFileSync(join(root, page.path), renderPage(page))
    console.log(page.path)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.includes('--check'))
