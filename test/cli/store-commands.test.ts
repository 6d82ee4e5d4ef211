import t from 'tap'
import { cli } from './run.js'

t.test('refuses a command line that it does not understand, with 2', async (t) => {
  const { run } = cli(t)

  for (const args of [
    ['frobnicate'],
    ['replay'],
    ['keys', 'issue'],
    ['doctor', '--colour', 'red'],
    ['keys', 'create'],
  ]) {
    const { code, err } = await run(...args)

    t.equal(code, 2, args.join(' '))
    t.not(err, '')
  }
  t.equal((await run('--help')).code, 0)
})

t.test('says whether the machine can serve, and ends with 1 where it cannot', async (t) => {
  const { run, env } = cli(t)

  const sound = await run('doctor', '--json')
  delete env.LIANHU_PASSPHRASE_FILE
  const unsound = await run('doctor', '--json')
  const read = await run('doctor')

  const state = ({ json }: typeof sound, name: string) =>
    json.checks.find((check: { name: string }) => check.name === name).state
  t.equal(sound.code, 0)
  t.match(sound.json, { isSound: true })
  for (const name of ['node', 'sqlite', 'data directory', 'clock', 'port']) t.equal(state(sound, name), 'ok', name)
  t.equal(state(sound, 'master key'), 'warning', 'there is no store yet')
  t.equal(unsound.code, 1)
  t.equal(state(unsound, 'passphrase'), 'failed')
  t.match(read.out, /✗ +passphrase/)
  t.match((await run('doctor', '--options', '--json')).json.options, [{ name: 'dataDir', env: 'LIANHU_DATA_DIR' }])
})

t.test('tells every problem of the configuration', async (t) => {
  const { run, file } = cli(t)

  const { code, err } = await run(
    'doctor',
    '--config',
    file('c.json', '{"port":"x","colour":1}'),
    '--log-level',
    'loud',
  )

  t.equal(code, 1)
  t.match(err, /--log-level: expected one of/)
  t.match(err, /colour: expected no such option/)
})

t.test('makes a store and the operator’s first key only where it is told to, and that key once', async (t) => {
  const { run } = cli(t)

  const without = await run('keys', 'create', '--operator')
  const made = await run('keys', 'create', '--operator', '--init', '--json')
  const again = await run('keys', 'create', '--operator')

  t.equal(without.code, 1)
  t.match(without.err, /lianhu serve --init/)
  t.match(made.json, { key: /^lh_/, agency: String })
  t.equal(again.code, 1)
  t.match(again.err, /HUB_ALREADY_DECIDED/)
})

t.test('opens no store with another passphrase', async (t) => {
  const { run, env, file } = cli(t)
  await run('keys', 'create', '--operator', '--init')
  env.LIANHU_PASSPHRASE_FILE = file('other', 'another passphrase\n')

  const { code, err } = await run('agencies', 'list')

  t.equal(code, 1)
  t.match(err, /HUB_VAULT_AWAY/)
})

t.test('administers agencies, areas and keys on a store that no hub serves', async (t) => {
  const { run, file } = cli(t)
  await run('keys', 'create', '--operator', '--init')
  const enrol = async (role: string, name: string) =>
    String(
      (await run('agencies', 'enrol', '--role', role, '--name', name, '--phone', '0631-1', '--json')).json.agencyId,
    )
  const [a, b] = [await enrol('CHC', '甲中心'), await enrol('CHC', '乙中心')]
  const areas = (text: string) => file('areas.csv', `\ufeffagency,area,from,to\n${text}`)

  const stored = await run(
    'agencies',
    'areas',
    areas(`${a},371002001,2026-01-01,\n${a},371002002,2026-01-01,\n`),
    '--json',
  )
  const tried = await run('agencies', 'areas', areas(`${b},371002001,2026-01-01,2026-12-31\n`), '--dry-run')
  const refused = await run('agencies', 'areas', areas(`${b},371002001,2026-01-01,2026-12-31\n`))
  const live = await run('agencies', 'live', a, '--from', '2026-02-01')
  const issued = await run('keys', 'issue', '--agency', a, '--staff-name', '测试员甲', '--json')
  const code = await run('keys', 'code', '--agency', b, '--hours', '2')
  const spoken = await run('keys', 'revoke', issued.json.keyId, '--reason', '小王弄丢了')
  const revoked = await run('keys', 'revoke', issued.json.keyId, '--reason', 'LOST')
  const listed = await run('agencies', 'list')
  const keys = await run('keys', 'list', '--agency', a)

  t.match(stored.json, { assignments: 1, areas: 2, isStored: true })
  t.equal(tried.code, 1, 'an overlap is a finding')
  t.match(tried.out, new RegExp(`重叠.*371002001.*${a}`))
  t.equal(refused.code, 1)
  t.match(refused.err, /371002001 已由甲中心管辖/)
  t.equal(live.code, 0)
  t.match(issued.json, { key: /^lh_/, person: String })
  t.match(code.out, /^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}\n/)
  t.equal(spoken.code, 2, 'a code, not words about somebody')
  t.equal(revoked.code, 0)
  t.match(listed.out, /甲中心.*2026-02-01 上线.*371002001 371002002/)
  t.match(keys.out, /已吊销/)
  t.notMatch(keys.out, /lh_/)
  t.equal((await run('agencies', 'areas', file('bad.csv', 'a;b\n'))).code, 2)
  t.equal((await run('agencies', 'enrol', '--role', 'KING', '--name', 'x', '--phone', 'y')).code, 1)
})

t.test('corrects a telephone, ends areas, and confirms no clock that is in no doubt', async (t) => {
  const { run, file } = cli(t)
  await run('keys', 'create', '--operator', '--init')
  const enrolled = ['agencies', 'enrol', '--role', 'CHC', '--name', '甲中心', '--phone', '0631-1', '--json']
  const agency = String((await run(...enrolled)).json.agencyId)
  const areas = ['371002001', '371002002', 'grid:A-12']
  const lines = areas.map((area) => `${agency},${area},2026-01-01,\n`).join('')
  await run('agencies', 'areas', file('areas.csv', `agency,area,from,to\n${lines}`))

  const changed = await run('agencies', 'change', agency, '--phone', '0631-2', '--json')
  const nothing = await run('agencies', 'change', agency)
  const ended = await run('agencies', 'end-areas', agency, '371002001', 'grid:A-12', '--to', '2026-06-30', '--json')
  const clock = await run('clock', 'confirm')

  t.match(changed.json, { name: '甲中心', phone: '0631-2' })
  t.equal(nothing.code, 1)
  t.same(ended.json, { ended: 2 })
  const [{ areas: held }] = (await run('agencies', 'list', '--role', 'CHC', '--json')).json.agencies
  t.same(
    held.filter(({ to }: { to?: string }) => to === undefined).map(({ area }: { area: string }) => area),
    ['371002002'],
  )
  t.equal(clock.code, 1)
  t.match(clock.err, /HUB_ALREADY_DECIDED/)
})
