/**
 * What must hold between the compose file and the hub's own code: options by the real schema, addresses, secrets, the master key,
 * the proxy. Each rule tells every breach.
 */
import { allRoutes } from '../../scripts/docs/hub-pages.js'
import { loadConfig, optionReference } from '../../src/config.js'
import { isHubError } from '../../src/kernel/errors.js'
import {
  COMPOSE_FILE,
  type Compose,
  composeOf,
  type DeployRule,
  hubsOf,
  isOneShot,
  mountsOf,
  type Service,
  textOf,
  withDefaults,
} from './deployment.js'

/** Where each of the machines inside listens. */
const PORTS: Readonly<Record<string, string>> = {
  es1: '2113',
  es2: '2113',
  es3: '2113',
  postgres: '5432',
  redis: '6379',
}
const OPTIONS = new Set(optionReference().map(({ env }) => env))

/** Every service that runs the hub's image, `init` included. */
function imagesOf({ services }: Compose): readonly (readonly [string, Service])[] {
  return Object.entries(services).filter(([, { build }]) => build !== undefined)
}

export const optionsAreTheHubs: DeployRule = (deployment) =>
  imagesOf(composeOf(deployment)).flatMap(([name, { environment, healthcheck }]) => {
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, withDefaults(value)]))
    const unknown = Object.keys(env).filter((variable) => !OPTIONS.has(variable))
    const port = 'test' in healthcheck && !healthcheck.test.join(' ').includes(`127.0.0.1:${env.LIANHU_PORT}/healthz`)
    return [
      ...unknown.map((variable) => `${name}: ${variable} is no option`),
      ...faultsOf(env).map((fault) => `${name}: ${fault}`),
      ...(env.LIANHU_HOST === '0.0.0.0' ? [] : [`${name}: expected to listen where other containers reach it`]),
      ...(port ? [`${name}: expected a health check of the port that it listens on`] : []),
    ]
  })

export function faultsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig({ env })
    return []
  } catch (error) {
    if (!isHubError(error, 'HUB_CONFIG')) throw error
    return error.message.split('\n')
  }
}

/** Every file that an option names is mounted there: a secret, or within a volume. */
export const filesAreMounted: DeployRule = (deployment) =>
  imagesOf(composeOf(deployment)).flatMap(([name, service]) => {
    const { LIANHU_DATA_DIR: dataDir = '', ...environment } = service.environment
    const within = (file: string): boolean => mountsOf(service).some(({ target }) => file.startsWith(`${target}/`))
    const named = Object.entries(environment).flatMap(([variable, value]) => {
      if (variable.endsWith('_FILE')) return [value]
      return [...value.matchAll(/(?:tlsCAFile|sslrootcert)=([^&]+)/g)].map(([, file = '']) => file)
    })
    return [
      ...named
        .filter((file) => !within(file) && !service.secrets.some((secret) => file === `/run/secrets/${secret}`))
        .map((file) => `${name}: nothing is mounted at ${file}`),
      ...(mountsOf(service).some(({ target }) => target === dataDir) ? [] : [`${name}: no volume at ${dataDir}`]),
    ]
  })

/** Every address leads to a service on a network that both are on, at the port where that listens, encrypted where persons pass. */
export const addressesLeadSomewhere: DeployRule = (deployment) => {
  const { services } = composeOf(deployment)
  return imagesOf(composeOf(deployment)).flatMap(([name, { environment, networks }]) => {
    const urls = Object.entries(environment).filter(([variable]) => variable.endsWith('_URL'))
    const hosts = urls.flatMap(([, url]) => /^\w+:\/\/(?:\w+@)?([^/?]+)/.exec(url)?.[1]?.split(',') ?? [])
    const eventStores = Object.keys(services).filter((service) => service.startsWith('es'))
    const [log, vault] = [environment.LIANHU_EVENT_STORE_URL ?? '', environment.LIANHU_POSTGRES_URL ?? '']
    return [
      ...hosts.flatMap((place) => {
        const [host = '', port] = place.split(':')
        if (PORTS[host] !== port) return [`${name}: nothing listens on ${place}`]
        return services[host]?.networks.some((network) => networks.includes(network))
          ? []
          : [`${name}: ${host} is out of reach`]
      }),
      ...(log === ''
        ? []
        : eventStores.filter((node) => !log.includes(`${node}:`)).map((node) => `${name}: ${node} is not named`)),
      ...(log === '' || log.includes('tls=true&tlsCAFile=') ? [] : [`${name}: expected TLS to the event store`]),
      ...(vault === '' || vault.includes('sslmode=verify-full') ? [] : [`${name}: expected TLS to PostgreSQL`]),
    ]
  })
}

export const passwordsAreFiles: DeployRule = (deployment) => {
  const { services, secrets } = composeOf(deployment)
  const told = [...textOf(deployment, 'deploy/secrets/README.md').matchAll(/^\| (`.+?`) \|/gm)].flatMap(
    ([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  )
  const literal = /changeit|:\/\/[^/@\s]+:[^/@\s]+@|requirepass (?!"\$password"\n)\S|PASSWORD '|lh_[\w-]{20}/i
  return [
    ...Object.entries(services).flatMap(([name, { environment }]) =>
      Object.keys(environment)
        .filter((key) => /(PASSWORD|SECRET|TOKEN|CREDENTIALS|PASSPHRASE|_KEY)$/.test(key))
        .map((key) => `${name}: expected a file in place of ${key}`),
    ),
    ...[...deployment.files].flatMap(([path, text]) => {
      const found = path === 'package.json' ? null : literal.exec(text)
      return found ? [`${path}: a password stands in it: ${found[0]}`] : []
    }),
    ...Object.entries(secrets)
      .filter(([name, { file }]) => withDefaults(file) !== `./deploy/secrets/${name}`)
      .map(([name]) => `secrets: expected ${name} where the others lie`),
    ...Object.keys(secrets)
      .filter((name) => !told.includes(name))
      .map((name) => `secrets: the page does not tell of ${name}`),
    ...told.filter((name) => !(name in secrets)).map((name) => `secrets: nobody uses ${name}`),
    ...(/^\*$/m.test(textOf(deployment, 'deploy/secrets/.gitignore'))
      ? []
      : ['secrets: the repository would take them']),
    ...(/^\.env$/m.test(textOf(deployment, '.gitignore')) ? [] : ['.env: the repository would take it']),
  ]
}

/** One master key for all hubs of the cluster, made by `init` alone, in each hub's own volume. */
export const masterKeyIsShared: DeployRule = (deployment) => {
  const compose = composeOf(deployment)
  const { init } = compose.services
  const script = textOf(deployment, 'deploy/init.sh')
  if (!init) return ['init: expected it']
  const own = (service: Service): string | undefined =>
    mountsOf(service).find(({ target }) => target === service.environment.LIANHU_DATA_DIR)?.volume
  const hubs = hubsOf(compose)
  const cluster = hubs.filter(([, { profiles }]) => profiles.includes('cluster'))
  const volumes = hubs.map(([, hub]) => own(hub))
  return [
    ...hubs.flatMap(([name, { command = [] }]) =>
      command.join(' ') === 'serve' ? [] : [`${name}: expected serve, which makes no key`],
    ),
    ...hubs.flatMap(([name], at) =>
      volumes.indexOf(volumes[at]) === at ? [] : [`${name}: expected a volume of its own`],
    ),
    ...cluster.flatMap(([name, hub]) => {
      const mount = mountsOf(init).find(({ volume }) => volume === own(hub))
      return mount && script.includes(`=${mount.target}/master.key\n`) ? [] : [`init: gives ${name} no master key`]
    }),
    ...(isOneShot(init) ? [] : ['init: expected to run once']),
  ]
}

export const proxyLeadsToHubs: DeployRule = (deployment) => {
  const compose = composeOf(deployment)
  const caddyfile = textOf(deployment, 'deploy/Caddyfile')
  const secrets = compose.services.proxy?.secrets ?? []
  const hubs = hubsOf(compose)
    .filter(([, { profiles }]) => profiles.includes('cluster'))
    .map(([name, { environment }]) => `${name}:${environment.LIANHU_PORT}`)
    .sort()
  const routes = new Set(allRoutes().map(({ path }) => path))
  const upstreams = [...caddyfile.matchAll(/^\s*reverse_proxy (?:@\w+ )?(.+) \{$/gm)].map(([, names = '']) => names)
  const checked = [...caddyfile.matchAll(/^\s*health_uri (\S+)$/gm)].map(([, path = '']) => path)
  const files = /^\s*tls (\S+) (\S+)$/m.exec(caddyfile)?.slice(1) ?? []
  return [
    ...upstreams
      .filter((names) => names.split(' ').sort().join() !== hubs.join())
      .map((names) => `proxy: expected ${hubs}, got ${names}`),
    ...(upstreams.length > 0 && checked.length === upstreams.length
      ? []
      : ['proxy: expected a health check of each upstream']),
    ...checked.filter((path) => !routes.has(path)).map((path) => `proxy: no route ${path}`),
    ...(files.length === 2 ? [] : ['proxy: expected TLS from files']),
    ...files
      .filter((file) => !secrets.includes(file.replace('/run/secrets/', '')))
      .map((file) => `proxy: nothing is mounted at ${file}`),
    ...(/^\t\texclude http\.log\.error$/m.test(caddyfile) ? [] : ['proxy: its log would name addresses of requests']),
    ...(/^\t+log( \w+)? (\{|$)/m.test(caddyfile.replace(/^\tlog \{$/m, '')) ? ['proxy: expected no access log'] : []),
    ...(/^\tadmin off$/m.test(caddyfile) ? [] : ['proxy: expected no administration port']),
    ...(/^\t@operations path \/metrics$/m.test(caddyfile) ? [] : ['proxy: expected metrics for the operator only']),
  ]
}

/** Each node knows the two others, answers by its own name, and has a certificate of that name; so has PostgreSQL. */
export const machinesInsideAreKnown: DeployRule = (deployment) => {
  const { services } = composeOf(deployment)
  const script = textOf(deployment, 'deploy/certificates.sh')
  const makes = mountsOf(services.certificates ?? ({ volumes: [] } as unknown as Service)).map(({ volume }) => volume)
  const nodes = Object.entries(services).filter(([name]) => name.startsWith('es'))
  return [
    ...nodes.flatMap(([name, { environment }]) => {
      const others = nodes.filter(([other]) => other !== name).map(([other]) => `${other}:${PORTS[other]}`)
      const expected = {
        EVENTSTORE_CLUSTER_SIZE: String(nodes.length),
        EVENTSTORE_GOSSIP_SEED: others.join(),
        EVENTSTORE_NODE_HOST_ADVERTISE_AS: name,
        EVENTSTORE_REPLICATION_HOST_ADVERTISE_AS: name,
      }
      return [
        ...Object.entries(expected).flatMap(([key, value]) =>
          environment[key] === value ? [] : [`${name}: expected ${key} ${value}, got ${environment[key]}`],
        ),
        ...('EVENTSTORE_INSECURE' in environment ? [`${name}: expected it secure`] : []),
      ]
    }),
    ...[...nodes.map(([name]) => name), 'postgres'].flatMap((name) => {
      const service = services[name]
      const mounted = service
        ? mountsOf(service).some(({ volume, target }) => volume === `${name}-tls` && target === '/tls')
        : false
      const owner = new RegExp(`^certify ${name} \\S+ ${service?.user}$`, 'm').test(script)
      return mounted && makes.includes(`${name}-tls`) && owner
        ? []
        : [`${name}: expected a certificate of its own, in its volume`]
    }),
    ...(/hostnossl|^host\s|trust$/m.test(textOf(deployment, 'deploy/pg_hba.conf'))
      ? ['postgres: expected TLS and a password']
      : []),
    ...(/ssl=on/.test(textOf(deployment, COMPOSE_FILE)) ? [] : ['postgres: expected TLS']),
    ...(/^appendonly yes$/m.test(textOf(deployment, 'deploy/redis.sh'))
      ? []
      : ['redis: expected that it keeps what it holds']),
    ...(/^maxmemory-policy noeviction$/m.test(textOf(deployment, 'deploy/redis.sh'))
      ? []
      : ['redis: expected that it drops nothing']),
  ]
}
