/** What must hold of `docker-compose.yml` as a whole: names, images, order, confinement, limits. Each rule tells every breach. */
import {
  COMPOSE_FILE,
  type Compose,
  composeOf,
  type DeployRule,
  hubsOf,
  isOneShot,
  isThere,
  mountsOf,
  textOf,
  withDefaults,
} from './deployment.js'

const GIB_LIMIT = 22
const CORES = 2
/** Who may keep which capability. */
const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  certificates: ['CHOWN'],
  proxy: ['NET_BIND_SERVICE'],
}
const ROOT_SERVICES: readonly string[] = ['certificates']

export const profilesAreComplete: DeployRule = (deployment) => {
  const { services } = composeOf(deployment)
  const expected: Readonly<Record<string, readonly string[]>> = {
    trial: ['trial'],
    cluster: ['certificates', 'es1', 'es2', 'es3', 'postgres', 'redis', 'lianhu-1', 'lianhu-2', 'proxy'],
    init: ['init'],
  }
  const profiles = new Set([
    ...Object.keys(expected),
    ...Object.values(services).flatMap((service) => service.profiles),
  ])
  return [...profiles].flatMap((profile) => {
    const found = Object.keys(services).filter((name) => services[name]?.profiles.includes(profile))
    const [want, got] = [[...(expected[profile] ?? [])].sort().join(), found.sort().join()]
    return want === got ? [] : [`profile ${profile}: expected ${want}, got ${got}`]
  })
}

export const whatIsNamedExists: DeployRule = (deployment) => {
  const compose = composeOf(deployment)
  const services = Object.entries(compose.services)
  const used = {
    volumes: services.flatMap(([, service]) => mountsOf(service).map(({ volume }) => volume)),
    secrets: services.flatMap(([, service]) => service.secrets),
    configs: services.flatMap(([, service]) => service.configs.map(({ source }) => source)),
    networks: services.flatMap(([, service]) => service.networks),
  }
  const kinds = ['volumes', 'secrets', 'configs', 'networks'] as const
  return [
    ...kinds.flatMap((kind) => [
      ...used[kind].filter((name) => !(name in compose[kind])).map((name) => `${kind}: ${name} is not there`),
      ...Object.keys(compose[kind])
        .filter((name) => !used[kind].includes(name))
        .map((name) => `${kind}: nobody uses ${name}`),
    ]),
    ...Object.values(compose.configs).flatMap(({ file }) => (isThere(file) ? [] : [`configs: no file ${file}`])),
    ...services.flatMap(([name, { networks, network_mode: mode }]) =>
      networks.length > 0 || mode === 'none' ? [] : [`${name}: expected its networks, or none`],
    ),
  ]
}

export const orderCanBeKept: DeployRule = (deployment) => {
  const { services } = composeOf(deployment)
  return Object.entries(services).flatMap(([name, { depends_on: needs, profiles }]) =>
    Object.entries(needs).flatMap(([other, { condition }]) => {
      const target = services[other]
      if (!target) return [`${name} waits for ${other}, which is not there`]
      const isWithin = target.profiles[0] === profiles[0] || profiles[0] === 'init'
      if (!isWithin) return [`${name} waits for ${other}, which is of another profile`]
      return (condition === 'service_completed_successfully') === isOneShot(target)
        ? []
        : [`${name} waits for ${other} to be what it never is: ${condition}`]
    }),
  )
}

export const imagesArePinned: DeployRule = (deployment) => {
  const { version } = JSON.parse(textOf(deployment, 'package.json')) as { readonly version: string }
  return Object.entries(composeOf(deployment).services).flatMap(([name, { image, build }]) => {
    if (!/^[\w./-]+:\d+\.\d+(\.\d+)?(-[a-z]+(-[a-z]+)?)?(@sha256:[0-9a-f]{64})?$/.test(image))
      return [`${name}: expected an image with its exact version, got ${image}`]
    if (!build) return []
    if (image !== `lianhu:${version}`) return [`${name}: expected lianhu:${version}, got ${image}`]
    return isThere(build.dockerfile) ? [] : [`${name}: no ${build.dockerfile}`]
  })
}

/** Whoever runs on is watched and started again; whoever runs once is not. */
export const servicesAreWatched: DeployRule = (deployment) =>
  Object.entries(composeOf(deployment).services).flatMap(([name, service]) =>
    'disable' in service.healthcheck === isOneShot(service)
      ? []
      : [`${name}: expected a health check where it is started again, and only there`],
  )

export const servicesAreConfined: DeployRule = (deployment) =>
  Object.entries(composeOf(deployment).services).flatMap(([name, service]) => {
    const extra = service.cap_add.filter((capability) => !CAPABILITIES[name]?.includes(capability))
    const isRoot = /^(0|root)\b/.test(service.user)
    return [
      ...(service.cap_drop.includes('ALL') ? [] : [`${name}: expected cap_drop ALL`]),
      ...(service.security_opt.includes('no-new-privileges:true') ? [] : [`${name}: expected no-new-privileges`]),
      ...extra.map((capability) => `${name}: expected no capability ${capability}`),
      ...(isRoot && !ROOT_SERVICES.includes(name) ? [`${name}: expected a user other than root`] : []),
      ...mountsOf(service)
        .filter(({ volume }) => /[./~]/.test(volume))
        .map(({ volume }) => `${name}: expected named volumes only, got ${volume}`),
    ]
  })

export const limitsFitTheMachine: DeployRule = (deployment) => {
  const services = Object.entries(composeOf(deployment).services)
  const gib = (profile: string): number =>
    services
      .filter(([, { profiles }]) => profiles.includes(profile))
      .reduce((sum, [, { mem_limit: limit }]) => sum + Number.parseInt(limit, 10) / (limit.endsWith('g') ? 1 : 1024), 0)
  return [
    ...services.flatMap(([name, { cpus }]) => (cpus <= CORES ? [] : [`${name}: expected at most ${CORES} cores`])),
    ...['trial', 'cluster'].flatMap((profile) =>
      gib(profile) <= GIB_LIMIT ? [] : [`${profile}: expected at most ${GIB_LIMIT} GiB in all, got ${gib(profile)}`],
    ),
  ]
}

/** Only the proxy is reached from outside, and each port leads to where something listens. */
export const portsLeadSomewhere: DeployRule = (deployment) => {
  const compose = composeOf(deployment)
  const listens = listeningPorts(compose, textOf(deployment, 'deploy/Caddyfile'))
  const published = Object.entries(compose.services).flatMap(([name, { ports }]) =>
    ports.map((port) => ({ name, parts: withDefaults(port).split(':') })),
  )
  const hostPorts = published.map(({ parts }) => parts[1])
  return [
    ...published.flatMap(({ name, parts: [address, host = '', target = ''] }) => [
      ...(address === '127.0.0.1' || name === 'proxy' ? [] : [`${name}: expected ${host} on 127.0.0.1 only`]),
      ...(listens.get(name) === target ? [] : [`${name}: nothing listens on ${target}`]),
      ...(hostPorts.indexOf(host) === hostPorts.lastIndexOf(host) ? [] : [`${name}: ${host} is taken twice`]),
    ]),
    ...published.flatMap(({ name }) => {
      const networks = compose.services[name]?.networks ?? []
      return networks.some((network) => compose.networks[network]?.internal !== true)
        ? []
        : [`${name}: a port of a network without a way out is published nowhere`]
    }),
  ]
}

function listeningPorts(compose: Compose, caddyfile: string): ReadonlyMap<string, string> {
  const hubs = hubsOf(compose).map(([name, { environment }]) => [name, environment.LIANHU_PORT ?? ''] as const)
  return new Map([...hubs, ['proxy', /^:(\d+) \{/m.exec(caddyfile)?.[1] ?? '']])
}

/** Every name that `.env` may give has a default, and stands in the sample with it; none is one that the hub would read. */
export const variablesAreSampled: DeployRule = (deployment) => {
  const found = [...textOf(deployment, COMPOSE_FILE).matchAll(/(?<!\$)\$\{(\w+)([^}]*)\}/g)]
  const sample = new Map(
    [...textOf(deployment, 'deploy/env.sample').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value]) => [
      name,
      value,
    ]),
  )
  const named = new Set(found.map(([, name = '']) => name))
  return [
    ...found.flatMap(([whole, name = '', rest = '']) => {
      if (!rest.startsWith(':-')) return [`${whole}: expected a default`]
      return sample.get(name) === rest.slice(2) ? [] : [`${whole}: expected ${name} with its default in the sample`]
    }),
    ...[...sample.keys()].filter((name) => !named.has(name)).map((name) => `env.sample: nobody reads ${name}`),
    ...[...named].filter((name) => name.startsWith('LIANHU_')).map((name) => `${name}: expected another name`),
  ]
}
