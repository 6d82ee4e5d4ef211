/** What must hold of the operator's guide: every command, option, variable, metric, check and service that it names is there. */
import { allCommands } from '../../scripts/docs/commands-page.js'
import { optionReference } from '../../src/config.js'
import { OTHER_VARIABLES } from '../../src/config-sources.js'
import { readRepositoryFile, typeScriptFiles } from '../fixtures/repository.js'
import { composeOf, readDeployment, textOf } from './deployment.js'

/** What is wrong with one page, a sentence each. */
export type GuideRule = (page: string) => readonly string[]

const commands = allCommands()
const options = optionReference()
const flags = new Set(commands.flatMap((command) => command.options.flatMap(({ long }) => long ?? [])))
const variables = new Set([...options.map(({ env }) => env), ...OTHER_VARIABLES])
const groups = new Set(options.flatMap(({ name }) => (name.includes('.') ? [name.split('.')[0] ?? ''] : [])))
const edges = typeScriptFiles(['src/http']).map(readRepositoryFile).join('\n')
const metrics = new Set(all(edges, /'(lianhu_[a-z_]+)'/g))
const checks = all(readRepositoryFile('src/hub-readiness.ts'), /name: '([^']+)'/g)
const deployment = readDeployment()
const compose = composeOf(deployment)

/** Inline code, and each line of a block of commands. */
export function codeOf(page: string): readonly string[] {
  const blocks = all(page, /^```sh\n([\s\S]*?)^```/gm).flatMap((block) => block.split('\n'))
  return [...blocks, ...all(page.replaceAll(/^```[\s\S]*?^```/gm, ''), /`([^`\n]+)`/g)].filter((line) => line !== '')
}

export const commandsExist: GuideRule = (page) =>
  codeOf(page).flatMap((code) => {
    const said = /(?:^lianhu |npm run -s lianhu -- |run --rm (?:--no-deps )?(?:trial|lianhu-\d) )([a-z].*)$/.exec(
      code,
    )?.[1]
    if (said === undefined) return /^--[a-z-]+$/.test(code) && !flags.has(code) ? [`${code} is no option`] : []
    const command = commands.findLast(({ name }) => `${said} `.startsWith(`${name} `))
    if (!command || commands.some(({ name }) => name.startsWith(`${command.name} `)))
      return [`lianhu ${said} is no command`]
    const known = command.options.map(({ long }) => long)
    return all(said, /(--[a-z-]+)/g)
      .filter((flag) => !known.includes(flag))
      .map((flag) => `lianhu ${command.name} takes no ${flag}`)
  })

export const variablesAndOptionsExist: GuideRule = (page) => [
  ...all(page, /\b(LIANHU_[A-Z_]+)/g)
    .filter((variable) => !variables.has(variable))
    .map((variable) => `${variable} is no variable`),
  ...codeOf(page)
    .filter((code) => /^[a-zA-Z]+\.[a-zA-Z]+$/.test(code) && groups.has(code.split('.')[0] ?? ''))
    .filter((code) => !options.some(({ name }) => name === code))
    .map((code) => `${code} is no option`),
]

export const metricsAreTheHubs: GuideRule = (page) => {
  const told = all(page, /\b(lianhu_[a-z0-9_]+)\b(?!-data)/g)
  const listed = all(page, /^\| `(lianhu_\w+)` \|/gm)
  const labels = all(page, /lianhu_\w+\{(\w+)=/g)
  return [
    ...told.filter((name) => !metrics.has(name)).map((name) => `${name} is no metric`),
    ...[...metrics].filter((name) => !listed.includes(name)).map((name) => `${name} is not told of`),
    ...labels.filter((label) => !edges.includes(`'${label}'`)).map((label) => `no metric has a label ${label}`),
  ]
}

export const checksAreTheHubs: GuideRule = (page) => {
  const told = all(page, /^- (`.+?)[：:]/gm).flatMap((line) => all(line, /`([^`]+)`/g))
  const named = codeOf(page)
  return [
    ...checks.filter((name) => !named.includes(name)).map((name) => `the check ${name} is not told of`),
    ...checks
      .filter((name) => !told.includes(name) && !page.includes(` \`${name}\`: [`) && !page.includes(`\`${name}\`：见[`))
      .map((name) => `nothing says what to do about ${name}`),
  ]
}

export const servicesExist: GuideRule = (page) => {
  const { version } = JSON.parse(textOf(deployment, 'package.json')) as { readonly version: string }
  const profiles = new Set(Object.values(compose.services).flatMap((service) => service.profiles))
  const told = codeOf(page).flatMap((code) =>
    all(code, /docker compose (?:--profile \w+ )?(?:run|exec|start|stop|up|logs)(?: -\S+)* ([a-z]\S*)/g),
  )
  return [
    ...told.filter((name) => !(name in compose.services)).map((name) => `${name} is no service`),
    ...all(page, /--profile (\w+)/g)
      .filter((name) => !profiles.has(name))
      .map((name) => `${name} is no profile`),
    ...all(page, /\blianhu_([a-z0-9]+-data)\b/g)
      .filter((name) => !(name in compose.volumes))
      .map((name) => `${name} is no volume`),
    ...all(page, /\blianhu:(\d[\w.]*)/g)
      .filter((tag) => tag !== version)
      .map((tag) => `lianhu:${tag} is not this version`),
  ]
}

/** Every alarm leads to what to do. */
export const alarmsHaveRunbooks: GuideRule = (page) => {
  const slugs = all(page, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )
  const alarms = all(page, /^\| \[.+?\]\(#(.+?)\) \|/gm)
  return [
    ...all(page, /\]\(#([^)]+)\)/g)
      .filter((anchor) => !slugs.includes(anchor))
      .map((anchor) => `no section ${anchor}`),
    ...(new Set(alarms).size >= 13 ? [] : [`expected at least 13 alarms, got ${alarms.length}`]),
  ]
}

/** Both languages say the same: as many headings, the same blocks, the same names in each section. */
export function differencesOf(english: string, chinese: string): readonly string[] {
  const sections = (page: string): readonly string[] => page.split(/^## /m)
  const blocks = (page: string): readonly string[] => all(page, /^```sh\n([\s\S]*?)^```/gm)
  const levels = (page: string): string => all(page, /^(#+) /gm).join()
  if (levels(english) !== levels(chinese)) return ['expected the same headings']
  return [
    ...(blocks(english).join() === blocks(chinese).join() ? [] : ['expected the same commands']),
    ...sections(english).flatMap((section, at) => {
      const names = (text: string): string => [...codeOf(text)].sort().join('\n')
      const other = sections(chinese)[at] ?? ''
      return names(section) === names(other) ? [] : [`section ${at}: ${differing(codeOf(section), codeOf(other))}`]
    }),
  ]
}

function differing(some: readonly string[], others: readonly string[]): string {
  const left = others.slice()
  const gone = some.filter((name) => {
    const at = left.indexOf(name)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  return `only here ${JSON.stringify(gone)}, only there ${JSON.stringify(left)}`
}

function all(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, first = '']) => first)
}
