/** `lianhu versions` and `lianhu feed diff`, as transcripts at a store that nobody serves. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { WEIHAI_2019 } from '../../src/policy/pack.js'
import { cli, seededStore } from './run.js'

const POLICE = 'police-quarterly'
const WHY = ['--reason', '按市卫健委意见']

t.test('checks a policy file without a hub, and names the place of what is wrong', async (t) => {
  const { run, file } = cli(t)
  const right = file('pack.json', JSON.stringify({ ...WEIHAI_2019, recallDays: 30 }))
  const wrong = file('wrong.json', JSON.stringify({ ...WEIHAI_2019, recalDays: 3 }))

  t.match(await run('versions', 'check', right), { code: 0, out: /文件无误，规则上放宽 1 处\n.*recallDays +15 → 30/ })
  t.match((await run('versions', 'check', right, '--json')).json, { opened: [{ what: 'recallDays' }] })
  t.match(await run('versions', 'check', wrong), { code: 1, err: /recalDays: expected no such member/ })
  t.match(await run('versions', 'check', `${wrong}x`), { code: 2 })
})

t.test('looks at what differs, narrows a feed alone, and widens it with a second person', async (t) => {
  const all = cli(t)
  const { hub, operator } = await seededStore(all)
  const { agencyId } = await hub.administration.enrolAgency(operator, {
    ...{ role: 'HEALTH_COMMISSION', name: '示例卫健委', phone: '0631-1' },
  })
  const issue = (staffName: string) => hub.administration.issueKey(operator, { agency: agencyId, staffName })
  const [first, second] = [await issue('测试员丙'), await issue('测试员丁')]
  await hub.stop()
  const { run, env, file } = all
  Object.assign(env, { LIANHU_SIMULATED: 'true', LIANHU_CALENDAR_START: '2026-04-21' })
  const as = (key: { readonly key: string }, ...args: readonly string[]) => {
    env.LIANHU_KEY = key.key
    return run('versions', ...args)
  }
  const page = file('x', '').replace(/x$/, 'diff.html')

  t.match((await run('versions', 'list')).out, /feed +police-quarterly +第2版 +在用 +公安季度数据/)
  const diff = await run('feed', 'diff', POLICE, '--to', '1')
  t.match(diff, { code: 0, out: /第2版 → 第1版：不放宽，不再告知更正，须由第二人同意/ })
  t.match(diff.out, /- +不再列入原因 +closing\.reason +照实提供 → 不提供/)
  t.match(diff.out, /2026Q2（进行中）：列入 1 → 1 人，新列入 0/)
  const whole = await run('feed', 'diff', POLICE, '--from', '0', '--to', '2', '--json')
  t.match(whole.json, { isWider: true, periods: [{ people: { from: 0, to: 1, gained: 1 } }] })
  t.match(await run('feed', 'diff', POLICE, '--to', '1', '--html', page), { code: 0 })
  t.match(readFileSync(page, 'utf8'), /数据交换版本变更对照表/)
  t.match(await run('feed', 'diff', POLICE, '--to', '1', '--html', page), { code: 1 }, 'what is there stays')
  t.match(await run('feed', 'diff', POLICE), { code: 2 })

  t.match(await run('versions', 'propose', POLICE, '1', ...WHY), { code: 2, err: /LIANHU_KEY/ })
  t.match(await as(first, 'propose', POLICE, 'one', ...WHY), { code: 2 })
  t.match(
    (await as(first, 'list')).out,
    /第1版 +未启用 .*收窄 9 处（其中更正 8 处，接收单位将不再得知更正，须由第二人同意）/,
  )
  const back = await as(first, 'propose', POLICE, '1', ...WHY, '--json')
  t.match(await as(second, 'approve', back.json.proposal, '--confirm', POLICE), { code: 0, out: /第1版已启用/ })
  t.match((await as(first, 'list')).out, /第2版 +未启用 +公安季度数据 +规则上放宽 9 处，收窄 0 处/)
  const asked = await as(first, 'propose', POLICE, '2', ...WHY, '--json')
  t.match(asked.json, { outcome: 'WAITS', expiresAt: /^2026-04-28/ })
  const { proposal } = asked.json
  t.match(await as(second, 'approve', proposal), { code: 2, err: /--confirm/ })
  t.match(await as(second, 'approve', proposal, '--confirm', 'another'), { code: 2 })
  t.match(await as(first, 'approve', proposal, '--confirm', POLICE), { code: 1, err: /HUB_SECOND_PERSON/ })
  t.match(await as(second, 'approve', proposal, '--confirm', POLICE), {
    code: 0,
    out: /第2版已启用，自下一次关账起生效/,
  })
  t.match((await as(second, 'list')).out, new RegExp(`${proposal} +${POLICE} +第2版 +已启用`))
  t.match(await as(first, 'refuse', proposal, '--reason', 'WITHDRAWN'), { code: 1, err: /HUB_ALREADY_DECIDED/ })
})
