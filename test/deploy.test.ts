import t from 'tap'
import * as composeRules from './deploy/compose-rules.js'
import {
  COMPOSE_FILE,
  composeIsRead,
  type Deployment,
  type DeployRule,
  readDeployment,
  textOf,
} from './deploy/deployment.js'
import * as hubRules from './deploy/hub-rules.js'
import * as imageRules from './deploy/image-rules.js'

const { faultsOf: _, ...ofTheHub } = hubRules
const RULES: Readonly<Record<string, DeployRule>> = { composeIsRead, ...composeRules, ...ofTheHub, ...imageRules }
const deployment = readDeployment()

t.test('what is deployed keeps every rule', async (t) => {
  for (const [name, rule] of Object.entries(RULES)) t.same(rule(deployment), [], name)
})

const CADDYFILE = 'deploy/Caddyfile'
const DOCKERFILE = 'deploy/Dockerfile'
const IGNORE = 'deploy/Dockerfile.dockerignore'

/** Each of these must be caught by the rule named, which says so. */
const BROKEN: readonly (readonly [rule: string, file: string, from: string | RegExp, to: string, says: RegExp])[] = [
  ['composeIsRead', COMPOSE_FILE, 'services:\n', 'services:\n\t', /tab/i],
  ['composeIsRead', COMPOSE_FILE, 'read_only: true', 'readonly: true', /readonly/],
  ['composeIsRead', COMPOSE_FILE, 'read_only: true', 'privileged: true', /privileged/],
  ['composeIsRead', COMPOSE_FILE, 'restart: unless-stopped', 'restart: sometimes', /restart/],
  [
    'profilesAreComplete',
    COMPOSE_FILE,
    /proxy:\n {4}<<: \*hardened\n(.*\n) {4}profiles: \[cluster\]/,
    'proxy:\n    <<: *hardened\n$1    profiles: [trial]',
    /profile trial: expected trial, got proxy,trial/,
  ],
  ['whatIsNamedExists', COMPOSE_FILE, '  redis-data: {}\n', '', /volumes: redis-data is not there/],
  ['whatIsNamedExists', COMPOSE_FILE, '  redis-data: {}\n', '  redis-data: {}\n  spare: {}\n', /nobody uses spare/],
  [
    'whatIsNamedExists',
    COMPOSE_FILE,
    'secrets: [redis_password]',
    'secrets: [redis_pasword]',
    /secrets: redis_pasword is not there/,
  ],
  ['whatIsNamedExists', COMPOSE_FILE, 'file: deploy/redis.sh', 'file: deploy/gone.sh', /no file deploy\/gone\.sh/],
  ['whatIsNamedExists', COMPOSE_FILE, 'networks: [outside]', 'networks: [away]', /networks: away is not there/],
  ['whatIsNamedExists', COMPOSE_FILE, '    network_mode: none\n', '', /certificates: expected its networks/],
  [
    'orderCanBeKept',
    COMPOSE_FILE,
    'es3: { condition: service_started }',
    'es4: { condition: service_started }',
    /es4, which is not there/,
  ],
  [
    'orderCanBeKept',
    COMPOSE_FILE,
    'lianhu-1: { condition: service_started }',
    'trial: { condition: service_started }',
    /of another profile/,
  ],
  [
    'orderCanBeKept',
    COMPOSE_FILE,
    'certificates: { condition: service_completed_successfully }',
    'certificates: { condition: service_started }',
    /what it never is/,
  ],
  [
    'imagesArePinned',
    COMPOSE_FILE,
    'caddy:2.10.2-alpine',
    'caddy:latest',
    /proxy: expected an image with its exact version/,
  ],
  ['imagesArePinned', COMPOSE_FILE, 'caddy:2.10.2-alpine', 'caddy', /proxy: expected an image/],
  ['imagesArePinned', COMPOSE_FILE, 'lianhu:0.1.0', 'lianhu:9.9.9', /expected lianhu:0/],
  ['imagesArePinned', COMPOSE_FILE, 'dockerfile: deploy/Dockerfile', 'dockerfile: Dockerfile', /no Dockerfile/],
  [
    'servicesAreWatched',
    COMPOSE_FILE,
    "restart: 'no'",
    'restart: unless-stopped',
    /certificates: expected a health check/,
  ],
  ['servicesAreConfined', COMPOSE_FILE, 'cap_drop: [ALL]', 'cap_drop: [MKNOD]', /expected cap_drop ALL/],
  ['servicesAreConfined', COMPOSE_FILE, 'no-new-privileges:true', 'seccomp:unconfined', /expected no-new-privileges/],
  ['servicesAreConfined', COMPOSE_FILE, 'cap_add: [CHOWN]', 'cap_add: [SYS_ADMIN]', /expected no capability SYS_ADMIN/],
  ['servicesAreConfined', COMPOSE_FILE, "user: '999:999'", "user: '0:0'", /postgres: expected a user other than root/],
  ['servicesAreConfined', COMPOSE_FILE, 'redis-data:/data', '/var/run/docker.sock:/data', /named volumes only/],
  ['limitsFitTheMachine', COMPOSE_FILE, 'mem_limit: 3g', 'mem_limit: 12g', /at most 22 GiB/],
  ['limitsFitTheMachine', COMPOSE_FILE, 'cpus: 1\n', 'cpus: 4\n', /at most 2 cores/],
  ['portsLeadSomewhere', COMPOSE_FILE, '127.0.0.1:8461:8460', '0.0.0.0:8461:8460', /8461 on 127\.0\.0\.1 only/],
  ['portsLeadSomewhere', COMPOSE_FILE, '127.0.0.1:8461:8460', '127.0.0.1:8461:8461', /nothing listens on 8461/],
  ['portsLeadSomewhere', COMPOSE_FILE, '127.0.0.1:8462:8460', '127.0.0.1:8461:8460', /8461 is taken twice/],
  ['portsLeadSomewhere', COMPOSE_FILE, ':-443}:8443', ':-443}:443', /proxy: nothing listens on 443/],
  ['portsLeadSomewhere', COMPOSE_FILE, 'outside: {}', 'outside: { internal: true }', /published nowhere/],
  ['variablesAreSampled', COMPOSE_FILE, 'LOG_LEVEL:-info', 'LOG_LEVEL', /expected a default/],
  ['variablesAreSampled', COMPOSE_FILE, 'LOG_LEVEL:-info', 'LOG_LEVEL:-debug', /with its default in the sample/],
  ['variablesAreSampled', 'deploy/env.sample', 'HTTPS_PORT=443', 'HTTPS_PORT=443\nSPARE=1', /nobody reads SPARE/],
  [
    'optionsAreTheHubs',
    COMPOSE_FILE,
    'LIANHU_REDIS_PASSWORD_FILE:',
    'LIANHU_REDIS_SECRET_FILE:',
    /LIANHU_REDIS_SECRET_FILE is no option/,
  ],
  ['optionsAreTheHubs', COMPOSE_FILE, 'LIANHU_ROLE: all', 'LIANHU_ROLE: boss', /LIANHU_ROLE: expected one of/],
  ['optionsAreTheHubs', COMPOSE_FILE, /^.*LIANHU_REDIS_URL.*\n/m, '', /redis\.url: expected an address/],
  ['optionsAreTheHubs', COMPOSE_FILE, 'postgres://lianhu@', 'postgres://lianhu:word@', /LIANHU_POSTGRES_URL: expected/],
  [
    'optionsAreTheHubs',
    COMPOSE_FILE,
    'LIANHU_HOST: 0.0.0.0',
    'LIANHU_HOST: 127.0.0.1',
    /where other containers reach it/,
  ],
  ['optionsAreTheHubs', COMPOSE_FILE, '127.0.0.1:8460/healthz', '127.0.0.1:9000/healthz', /health check of the port/],
  [
    'filesAreMounted',
    COMPOSE_FILE,
    'FILE: /run/secrets/redis_password',
    'FILE: /run/secrets/redis',
    /nothing is mounted at \/run\/secrets\/redis/,
  ],
  [
    'filesAreMounted',
    COMPOSE_FILE,
    'sslrootcert=/trust/ca.crt',
    'sslrootcert=/certs/ca.crt',
    /nothing is mounted at \/certs\/ca\.crt/,
  ],
  ['filesAreMounted', COMPOSE_FILE, "hub-2-data:/var/lib/lianhu'", "hub-2-data:/data'", /lianhu-2: no volume at/],
  ['addressesLeadSomewhere', COMPOSE_FILE, 'redis://redis:6379', 'redis://redis:6380', /nothing listens on redis:6380/],
  ['addressesLeadSomewhere', COMPOSE_FILE, 'es2:2113,es3:2113?', 'es2:2113?', /es3 is not named/],
  [
    'addressesLeadSomewhere',
    COMPOSE_FILE,
    'networks: [inside, outside]',
    'networks: [outside]',
    /postgres is out of reach/,
  ],
  [
    'addressesLeadSomewhere',
    COMPOSE_FILE,
    'tls=true&tlsCAFile=',
    'tls=false&tlsCAFile=',
    /expected TLS to the event store/,
  ],
  ['addressesLeadSomewhere', COMPOSE_FILE, 'sslmode=verify-full', 'sslmode=disable', /expected TLS to PostgreSQL/],
  [
    'passwordsAreFiles',
    COMPOSE_FILE,
    '      POSTGRES_PASSWORD_FILE: ',
    '      POSTGRES_PASSWORD: ',
    /expected a file in place of POSTGRES_PASSWORD/,
  ],
  [
    'passwordsAreFiles',
    'deploy/redis.sh',
    'requirepass "$password"',
    'requirepass "word"',
    /redis\.sh: a password stands in it/,
  ],
  [
    'passwordsAreFiles',
    'deploy/eventstore.sh',
    /\$\{credentials#admin:\}/,
    'changeit',
    /eventstore\.sh: a password stands in it/,
  ],
  [
    'passwordsAreFiles',
    'deploy/postgres-init.sh',
    "PASSWORD :'password'",
    "PASSWORD 'word'",
    /postgres-init\.sh: a password/,
  ],
  [
    'passwordsAreFiles',
    'deploy/secrets/README.md',
    '| `redis_password` |',
    '| `redis` |',
    /does not tell of redis_password/,
  ],
  ['passwordsAreFiles', 'deploy/secrets/.gitignore', '*\n', '', /repository would take them/],
  ['passwordsAreFiles', COMPOSE_FILE, 'secrets}/tls_key', 'secrets}/key.pem', /tls_key where the others lie/],
  [
    'masterKeyIsShared',
    COMPOSE_FILE,
    'hub-2-data:/var/lib/lianhu-2',
    'hub-2-data:/var/lib/other',
    /gives lianhu-2 no master key/,
  ],
  ['masterKeyIsShared', COMPOSE_FILE, 'command: [serve]', 'command: [serve, --init]', /which makes no key/],
  [
    'masterKeyIsShared',
    COMPOSE_FILE,
    "'hub-2-data:/var/lib/lianhu'",
    "'hub-1-data:/var/lib/lianhu'",
    /a volume of its own/,
  ],
  [
    'proxyLeadsToHubs',
    CADDYFILE,
    'lianhu-1:8460 lianhu-2:8460',
    'lianhu-1:8460',
    /expected lianhu-1:8460,lianhu-2:8460/,
  ],
  ['proxyLeadsToHubs', CADDYFILE, 'health_uri /readyz', 'health_uri /ready', /no route \/ready/],
  ['proxyLeadsToHubs', CADDYFILE, '\t\thealth_uri /readyz\n', '', /health check of each upstream/],
  [
    'proxyLeadsToHubs',
    CADDYFILE,
    '/run/secrets/tls_key',
    '/run/secrets/key',
    /nothing is mounted at \/run\/secrets\/key/,
  ],
  ['proxyLeadsToHubs', CADDYFILE, '\t\texclude http.log.error\n', '', /name addresses of requests/],
  ['proxyLeadsToHubs', CADDYFILE, ':8443 {\n', ':8443 {\n\tlog {\n\t}\n', /no access log/],
  ['proxyLeadsToHubs', CADDYFILE, '\tadmin off\n', '', /no administration port/],
  ['proxyLeadsToHubs', CADDYFILE, '\t@operations path /metrics\n', '', /for the operator only/],
  [
    'machinesInsideAreKnown',
    COMPOSE_FILE,
    'SEED: es1:2113,es3:2113',
    'SEED: es2:2113,es3:2113',
    /es2: expected EVENTSTORE_GOSSIP_SEED/,
  ],
  [
    'machinesInsideAreKnown',
    COMPOSE_FILE,
    "CLUSTER_SIZE: '3'",
    "CLUSTER_SIZE: '1'",
    /expected EVENTSTORE_CLUSTER_SIZE 3/,
  ],
  [
    'machinesInsideAreKnown',
    COMPOSE_FILE,
    'EVENTSTORE_RUN_PROJECTIONS: None',
    "EVENTSTORE_INSECURE: 'true'",
    /expected it secure/,
  ],
  [
    'machinesInsideAreKnown',
    COMPOSE_FILE,
    'es3-tls:/tls:ro',
    'es2-tls:/tls:ro',
    /es3: expected a certificate of its own/,
  ],
  [
    'machinesInsideAreKnown',
    'deploy/certificates.sh',
    'certify postgres postgres 999:999',
    'certify postgres postgres 70:70',
    /postgres: expected a certificate/,
  ],
  ['machinesInsideAreKnown', 'deploy/pg_hba.conf', 'hostssl', 'host   ', /expected TLS and a password/],
  ['machinesInsideAreKnown', 'deploy/redis.sh', 'noeviction', 'allkeys-lru', /drops nothing/],
  ['imageIsBuiltFromTheCheckout', DOCKERFILE, 'COPY kit kit', 'COPY kits kits', /kits, which is not there/],
  ['imageIsBuiltFromTheCheckout', DOCKERFILE, 'COPY kit kit\n', '', /expected to copy kit/],
  ['imageIsBuiltFromTheCheckout', DOCKERFILE, 'COPY package.json package-lock.json ./\n', '', /before npm ci/],
  ['imageIsBuiltFromTheCheckout', DOCKERFILE, ' && npm prune --omit=dev', '', /drop what only the build needs/],
  ['imageIsBuiltFromTheCheckout', IGNORE, '*\n', '', /secrets too/],
  ['imageIsBuiltFromTheCheckout', IGNORE, '!src\n', '', /src, which the builder does not see/],
  [
    'imageHoldsWhatRuns',
    DOCKERFILE,
    'COPY --from=build /build/kit/vectors kit/vectors\n',
    '',
    /expected to hold kit\/vectors/,
  ],
  ['imageHoldsWhatRuns', DOCKERFILE, 'COPY --from=build /build/dist/kit dist/kit\n', '', /expected to hold dist\/kit/],
  ['imageHoldsWhatRuns', 'deploy/lianhu', '--v8-pool-size=1 ', '', /expected node --max-old-space-size/],
  [
    'imageRunsAsItShould',
    DOCKERFILE,
    'FROM node:20.20.2-bookworm-slim',
    'FROM node:20-bookworm-slim',
    /one exact Node/,
  ],
  ['imageRunsAsItShould', DOCKERFILE, /node:20\.20\.2/g, 'node:18.20.8', /expected Node >=20/],
  ['imageRunsAsItShould', DOCKERFILE, 'USER 1000:1000\n', '', /other than root/],
  ['imageRunsAsItShould', DOCKERFILE, '8460/healthz', '8460/health', /a route that is there/],
  ['imageRunsAsItShould', DOCKERFILE, 'LIANHU_PORT=8460', 'LIANHU_PORT=many', /ENV: LIANHU_PORT: expected a number/],
  ['imageRunsAsItShould', DOCKERFILE, ' /var/lib/lianhu-2', '', /lianhu-2 to be the user/],
  [
    'unitStartsTheHub',
    'deploy/lianhu.service',
    '--max-old-space-size=1024',
    '--max-old-space-size=512',
    /expected node/,
  ],
  ['unitStartsTheHub', 'deploy/lianhu.service', 'LIANHU_DATA_DIR', 'LIANHU_DATA', /LIANHU_DATA: expected a variable/],
  ['unitStartsTheHub', 'deploy/lianhu.service', 'User=lianhu', 'User=root', /other than root/],
]

for (const [name, file, from, to, says] of BROKEN) {
  t.test(`${name} catches ${JSON.stringify(to)} in ${file}`, async (t) => {
    const rule = RULES[name]
    const broken = changed(file, from, to)

    const found = rule?.(broken) ?? []

    t.ok(
      found.some((sentence) => says.test(sentence)),
      `expected ${says}, got ${JSON.stringify(found)}`,
    )
  })
}

t.test('each rule is seen to catch something', async (t) => {
  t.same([...new Set(BROKEN.map(([name]) => name))].sort(), Object.keys(RULES).sort())
})

/** The deployment with one text changed; throws where there was nothing to change. */
function changed(file: string, from: string | RegExp, to: string): Deployment {
  const text = textOf(deployment, file)
  // A function: `$` in a replacement stands for itself, but for a group of a pattern.
  const replaced = typeof from === 'string' ? text.replace(from, () => to) : text.replace(from, to)
  if (replaced === text) throw new Error(`changed: ${file} does not hold ${from}`)
  return { files: new Map([...deployment.files, [file, replaced]]) }
}
