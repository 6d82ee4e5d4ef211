/** What must hold of the image: it is built from what the checkout has, holds what the product needs, and does not run as root. */
import { allRoutes } from '../../scripts/docs/hub-pages.js'
import { parseSource } from '../architecture/source-file.js'
import { readRepositoryFile, typeScriptFiles } from '../fixtures/repository.js'
import { composeOf, type DeployRule, isThere, mountsOf, textOf } from './deployment.js'
import { faultsOf } from './hub-rules.js'

const DOCKERFILE = 'deploy/Dockerfile'

interface Copy {
  readonly sources: readonly string[]
  readonly target: string
}

/** Continued lines as one, comments gone. */
function instructionsOf(text: string): readonly string[] {
  return text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
}

function stagesOf(text: string): { readonly build: readonly string[]; readonly runtime: readonly string[] } {
  const lines = instructionsOf(text)
  const second = lines.findIndex((line, at) => at > 0 && line.startsWith('FROM '))
  return { build: lines.slice(0, second), runtime: lines.slice(second) }
}

function copiesIn(stage: readonly string[], isFromBuild: boolean): readonly Copy[] {
  return stage
    .filter((line) => line.startsWith('COPY ') && line.includes('--from=build') === isFromBuild)
    .map((line) => {
      const words = line
        .split(/\s+/)
        .slice(1)
        .filter((word) => !word.startsWith('--'))
      return { sources: words.slice(0, -1), target: words.at(-1) ?? '' }
    })
}

export const imageIsBuiltFromTheCheckout: DeployRule = (deployment) => {
  const { build, runtime } = stagesOf(textOf(deployment, DOCKERFILE))
  const ignore = textOf(deployment, `${DOCKERFILE}.dockerignore`).split('\n')
  const letIn = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const sources = [...copiesIn(build, false), ...copiesIn(runtime, false)].flatMap((copy) => copy.sources)
  const { include } = JSON.parse(textOf(deployment, 'tsconfig.json')) as { readonly include: readonly string[] }
  const copied = copiesIn(build, false).flatMap((copy) => copy.sources)
  const needed = ['package.json', 'package-lock.json', 'tsconfig.json', ...include]
  const install = build.findIndex((line) => line.startsWith('RUN npm ci'))
  const manifest = build.findIndex((line) => line.startsWith('COPY package.json package-lock.json'))
  const then = build.slice(install + 1).join('\n')
  return [
    ...sources.filter((path) => !isThere(path)).map((path) => `copies ${path}, which is not there`),
    ...sources.filter((path) => !letIn.includes(path)).map((path) => `copies ${path}, which the builder does not see`),
    ...letIn.filter((path) => !sources.includes(path)).map((path) => `lets in ${path}, which nothing copies`),
    ...(ignore.includes('*') ? [] : ['lets in whatever lies in the checkout, secrets too']),
    ...needed.filter((path) => !copied.includes(path)).map((path) => `expected to copy ${path}, which the build needs`),
    ...(manifest >= 0 && manifest < install ? [] : ['expected package.json and its lock before npm ci']),
    ...(/npm run build && npm prune --omit=dev/.test(then)
      ? []
      : ['expected to build, then to drop what only the build needs']),
    ...(build.some((line) => line.includes('npm_config_build_from_source=true'))
      ? []
      : ['expected to compile the driver']),
  ]
}

export const imageHoldsWhatRuns: DeployRule = (deployment) => {
  const { runtime } = stagesOf(textOf(deployment, DOCKERFILE))
  const { config } = JSON.parse(textOf(deployment, 'package.json')) as { readonly config: { readonly node: string } }
  const held = copiesIn(runtime, true).flatMap(({ sources }) => sources.map((source) => source.replace('/build/', '')))
  const place = runtime.find((line) => line.startsWith('WORKDIR '))?.slice('WORKDIR '.length) ?? ''
  const imported = typeScriptFiles(['src', 'projections', 'kit']).flatMap((path) =>
    parseSource(path, readRepositoryFile(path)).imports.flatMap(({ file }) => file?.split('/')[0] ?? []),
  )
  const needed = [
    'package.json',
    'node_modules',
    'kit/vectors',
    'dist/src',
    ...new Set(imported.map((folder) => `dist/${folder}`)),
  ]
  const copied = copiesIn(runtime, true).filter(({ sources }) => sources.length === 1)
  return [
    ...needed.filter((path) => !held.includes(path)).map((path) => `expected to hold ${path}`),
    ...copied
      .filter(({ sources: [source = ''], target }) => target !== source.replace('/build/', ''))
      .map(({ target }) => `expected everything where the build had it, got ${target}`),
    ...(textOf(deployment, 'deploy/lianhu').includes(`exec node ${config.node} ${place}/dist/src/main.js "$@"`)
      ? []
      : [`lianhu: expected node ${config.node} ${place}/dist/src/main.js`]),
  ]
}

export const imageRunsAsItShould: DeployRule = (deployment) => {
  const { build, runtime } = stagesOf(textOf(deployment, DOCKERFILE))
  const { engines } = JSON.parse(textOf(deployment, 'package.json')) as { readonly engines: { readonly node: string } }
  const [from = '', ...images] = [...build, ...runtime]
    .filter((line) => line.startsWith('FROM '))
    .map((line) => line.split(' ')[1] ?? '')
  const version = /^node:(\d+\.\d+\.\d+)-bookworm/.exec(from)?.[1]
  const env = Object.fromEntries(
    runtime
      .filter((line) => line.startsWith('ENV '))
      .flatMap((line) => line.split(' ').slice(1))
      .map((pair) => pair.split('=') as [string, string]),
  )
  const port = env.LIANHU_PORT
  const check = runtime.find((line) => line.startsWith('HEALTHCHECK ')) ?? ''
  const path = /127\.0\.0\.1:(\d+)(\/\w+)/.exec(check)
  const made = runtime.find((line) => /^RUN install -d -o node -g node -m 700 /.test(line)) ?? ''
  const homes = Object.entries(composeOf(deployment).services)
    .filter(([, { build: built }]) => built !== undefined)
    .flatMap(([, service]) => mountsOf(service).map(({ target }) => target))
    .filter((target) => target.startsWith('/var/lib/'))
  return [
    ...(version && images.every((image) => image === `node:${version}-bookworm-slim`)
      ? []
      : [`expected one exact Node, got ${from}, ${images}`]),
    ...(version && isAtLeast(version, engines.node) ? [] : [`expected Node ${engines.node}`]),
    ...(runtime.includes('USER 1000:1000') ? [] : ['expected a user other than root']),
    ...(port && path?.[1] === port && runtime.includes(`EXPOSE ${port}`) ? [] : ['expected one port everywhere']),
    ...(allRoutes().some((route) => route.path === path?.[2])
      ? []
      : ['expected a health check of a route that is there']),
    ...faultsOf(env).map((fault) => `ENV: ${fault}`),
    ...[...new Set(homes)]
      .filter((home) => !made.split(' ').includes(home))
      .map((home) => `expected ${home} to be the user's own`),
    ...(runtime.includes('ENTRYPOINT ["lianhu"]') && runtime.includes('CMD ["serve"]')
      ? []
      : ['expected lianhu serve']),
  ]
}

/** The unit of systemd, for one machine without containers. */
export const unitStartsTheHub: DeployRule = (deployment) => {
  const unit = textOf(deployment, 'deploy/lianhu.service')
  const { config } = JSON.parse(textOf(deployment, 'package.json')) as { readonly config: { readonly node: string } }
  const place = /^WorkingDirectory=(.+)$/m.exec(unit)?.[1]
  const pairs = /^Environment=(.+)$/m.exec(unit)?.[1]?.split(' ') ?? []
  return [
    ...(unit.includes(`ExecStart=/usr/bin/node ${config.node} ${place}/dist/src/main.js serve\n`)
      ? []
      : [`lianhu.service: expected node ${config.node} ${place}/dist/src/main.js serve`]),
    ...faultsOf(Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))),
    ...(/^User=(?!root$)\w+$/m.test(unit) ? [] : ['lianhu.service: expected a user other than root']),
  ]
}

function isAtLeast(version: string, range: string): boolean {
  const [have = [], want = []] = [version, range.replace('>=', '')].map((text) => text.split('.').map(Number))
  const differs = want.findIndex((part, at) => part !== have[at])
  return differs < 0 || (have[differs] ?? 0) > (want[differs] ?? 0)
}
