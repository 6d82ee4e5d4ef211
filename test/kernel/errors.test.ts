import t from 'tap'
import {
  assertNever,
  ERRORS,
  type ErrorCode,
  HubError,
  isHubError,
  problemOf,
  RETIRED_CODES,
} from '../../src/kernel/errors.js'

const codes = Object.keys(ERRORS) as ErrorCode[]

t.test('names every error by a stable code, in two languages, with a hint', async (t) => {
  for (const code of codes) {
    const { status, title, titleZh, hint } = ERRORS[code]
    t.match(code, /^HUB_[A-Z_]+$/)
    t.ok(status >= 400 && status < 600, code)
    t.match(titleZh, /[\u4e00-\u9fff]/)
    t.ok(title.length > 0 && hint.endsWith('.'), code)
  }
})

t.test('gives no retired code another meaning', async (t) => {
  t.same(
    RETIRED_CODES.filter((code) => code in ERRORS),
    [],
  )
})

t.test('tells a caller everything about what it did wrong', async (t) => {
  const faults = [{ pointer: '/data/level', rule: 'schema', message: 'expected 0 to 5' }]
  const error = new HubError('HUB_REVISION_CONFLICT', 'expected revision 3, got 5', {
    hint: 'Read again.',
    faults,
    data: { actualRevision: 5 },
  })

  t.strictSame(problemOf(error), {
    type: 'urn:lianhu:problem:HUB_REVISION_CONFLICT',
    title: 'The stream has moved on',
    titleZh: '档案已被更新',
    status: 409,
    code: 'HUB_REVISION_CONFLICT',
    detail: 'expected revision 3, got 5',
    hint: 'Read again.',
    errors: faults,
    actualRevision: 5,
  })
})

t.test('keeps the text of every 5xx inside, and of every error that is not ours', async (t) => {
  const secret = '/data/vault.sqlite'
  const inside = codes.filter((code) => ERRORS[code].status >= 500)
  t.ok(inside.length > 5)

  for (const code of inside) {
    const fault = { pointer: '', rule: '', message: secret }
    const error = new HubError(code, secret, { hint: secret, data: { secret }, faults: [fault] })
    t.notMatch(JSON.stringify(problemOf(error)), secret, code)
    t.equal(problemOf(error).hint, ERRORS[code].hint)
  }
  for (const error of [new Error(secret), new TypeError(secret), secret, undefined, { code: 'HUB_NOT_FOUND' }]) {
    t.equal(problemOf(error).code, 'HUB_INTERNAL')
    t.notMatch(JSON.stringify(problemOf(error)), secret)
  }
})

t.test('is known by its code, across copies of the module, and keeps its cause', async (t) => {
  const cause = new Error('disk')
  const error = new HubError('HUB_READ_ONLY', 'full', { cause })
  const copy = Object.assign(new Error('full'), { name: 'HubError', code: 'HUB_READ_ONLY' })

  t.equal(error.cause, cause)
  t.equal(error.status, 503)
  for (const each of [error, copy]) {
    t.ok(isHubError(each))
    t.ok(isHubError(each, 'HUB_READ_ONLY'))
    t.notOk(isHubError(each, 'HUB_VAULT_AWAY'))
  }
  for (const other of [cause, { name: 'HubError', code: 'HUB_READ_ONLY' }, undefined, 'HUB_READ_ONLY']) {
    t.notOk(isHubError(other))
  }
})

t.test('names the function in which the impossible happened', async (t) => {
  t.throws(() => assertNever('x' as never, 'foldPatient'), /^foldPatient: impossible value "x"/)
})
