/**
 * `lianhu letters` and `lianhu erase`, as transcripts: two persons, each with a key of their own, at a store that nobody serves
 * and at one that is.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createHttp } from '../../src/http/create-http.js'
import { tempDirectory } from '../fixtures/store.js'
import { until } from '../scenario/killed-hub.js'
import { cli, reopened, seededStore } from './run.js'

const REASON = ['--authority', 'RETENTION_ENDED', '--reason', '保存期限已满']

t.test('two persons agree at the command line, and the hub that serves carries it out', async (t) => {
  const all = cli(t)
  const { hub: seeded, operator, doctor, patientId } = await seededStore(all)
  const second = await seeded.administration.issueKey(operator, { agency: doctor.agency, staffName: '测试员乙' })
  await seeded.stop()
  const { run, env } = all
  Object.assign(env, { LIANHU_SIMULATED: 'true', LIANHU_CALENDAR_START: '2026-04-21' })
  const by = (key: { readonly key: string }, ...args: readonly string[]) => {
    env.LIANHU_KEY = key.key
    return run(...args)
  }
  const as = (key: { readonly key: string }, ...args: readonly string[]) => by(key, 'erase', ...args)

  const nobody = await run('erase', 'request', patientId, ...REASON)
  t.match(nobody, { code: 2, err: /LIANHU_KEY/ }, 'nobody is no person')

  const letter = ['--letter', '示法12号', '--kind', 'COURT', '--requester', '示例区人民法院', '--purpose', '审理案件']
  const wanted = ['--fields', 'name,level', '--until', '2026-12-31', '--json']
  const { disclosure } = (await by(doctor, 'letters', 'request', patientId, ...letter, ...wanted)).json
  const ofNobody = (await by(doctor, 'letters', 'request', ...letter, ...wanted)).json
  const refused = ['--decision', 'REFUSED', '--reason', 'WITHHELD']
  t.match(await by(second, 'letters', 'decide', ofNobody.disclosure, ...refused), {
    code: 0,
    out: / - +COURT +不予提供/,
  })
  const partly = ['--decision', 'PARTLY', '--fields', 'name', '--reason', 'NOT_NECESSARY']
  t.match(await by(doctor, 'letters', 'decide', disclosure, ...partly), { code: 1, err: /HUB_SECOND_PERSON/ })
  t.match(await by(second, 'letters', 'show', disclosure), {
    code: 0,
    out: /待第二人决定.*示例区人民法院 示法12号：审理案件/s,
  })
  t.match(await by(second, 'letters', 'decide', disclosure, ...partly), { code: 0, out: /部分提供/ })
  const directory = tempDirectory(t)
  const [page = '', refusal = ''] = ['page.html', 'refusal.html'].map((name) => join(directory, name))
  t.match(await by(second, 'letters', 'document', disclosure, '--html', '--out', page), { code: 0 })
  t.match(await by(second, 'letters', 'refusal', disclosure, '--out', refusal), { code: 0 })
  t.match(readFileSync(page, 'utf8'), '个人信息一次性提供件')
  t.match(readFileSync(refusal, 'utf8'), '危险性评估等级')

  t.match(await as(doctor, 'request', patientId, '--authority', 'BOREDOM', '--reason', 'x'), { code: 2 })
  const asked = (await as(doctor, 'request', patientId, ...REASON, '--json')).json
  t.match(asked, { expiresAt: /^2026-04-28/ })
  const own = await as(doctor, 'approve', asked.erasure, '--confirm', patientId)
  t.match(own, { code: 1, err: /HUB_SECOND_PERSON/ })
  t.match((await as(second, 'list')).out, new RegExp(`${asked.erasure} +${patientId} +RETENTION_ENDED +待第二人同意`))
  t.match((await as(second, 'show', asked.erasure)).out, /理由：保存期限已满/)
  t.match(await as(second, 'approve', asked.erasure), { code: 2, err: /--confirm/ })
  t.match(await as(second, 'approve', asked.erasure, '--confirm', 'another'), { code: 2 })
  t.match(await as(second, 'approve', asked.erasure, '--confirm', patientId), { code: 0, out: /已同意，执行中/ })
  t.match(await as(doctor, 'refuse', asked.erasure, '--reason', 'WITHDRAWN'), { code: 1, err: /HUB_ALREADY_DECIDED/ })

  const hub = await reopened(all, { nowMs: Date.parse('2026-04-22T09:30:00+08:00') })
  const app = createHttp(hub)
  env.LIANHU_URL = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    await app.close()
    await hub.stop()
  })
  const done = await until(
    async () => {
      await hub.tick()
      return as(doctor, 'list', '--json')
    },
    ({ json }) => json.erasures[0].state === 'CARRIED_OUT',
  )
  t.equal(done.code, 0)
  await until(
    async () => {
      await hub.tick()
      await hub.recallKeeper.idle()
      return by(second, 'letters', 'list', '--open')
    },
    ({ out }) => /部分提供.*副本 \S+ +须去函要求对方销毁（期限 2026-05-22）/.test(out),
  )
  t.match(await by(second, 'letters', 'recall', disclosure, '--what', 'WRITTEN'), {
    code: 0,
    out: /已去函，待对方确认/,
  })
  t.match(await by(doctor, 'letters', 'recall', disclosure, '--what', 'DESTROYED'), { code: 0, out: /对方已确认销毁/ })
  t.match(await by(second, 'letters', 'list', '--open'), { code: 0, out: '' })
  t.match((await as(doctor, 'show', asked.erasure)).out, /密钥已销毁.*\n理由：已随密钥销毁/)
  t.match(await as(doctor, 'request', patientId, ...REASON), { code: 1, err: /HUB_ERASED/ })
})
