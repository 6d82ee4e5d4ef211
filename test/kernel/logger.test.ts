import t from 'tap'
import { z } from 'zod'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { HubError } from '../../src/kernel/errors.js'
import { createLogger, personalMembers, SEALED } from '../../src/kernel/logger.js'

const setup = (level = 'info') => {
  const lines: string[] = []
  const redact = personalMembers(CATALOGUE.values())
  const logger = createLogger({ level, redact, destination: { write: (line) => lines.push(line) } })
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>
  return { logger, lines, last, redact }
}

t.test('knows every marked member of the catalogue, and what lies inside one', async (t) => {
  const { redact } = setup()

  for (const name of ['identity', 'idNumber', 'phones', 'presentAddress', 'guardian', 'staffName', 'clinical']) {
    t.ok(redact.has(name), name)
  }
  t.notOk(redact.has('level'), 'a clear member stays')
})

t.test('takes out marked members at any depth', async (t) => {
  const { logger, last, lines } = setup()

  logger.info({ event: { data: { identity: { name: '王芳' }, level: 3 } }, list: [{ idNumber: 'x' }] }, 'seen')

  t.match(last(), { event: { data: { identity: SEALED, level: 3 } }, list: [{ idNumber: SEALED }], message: 'seen' })
  t.notMatch(lines.join(''), '王芳')
})

t.test('takes out what looks like an ID number, a telephone number or a key, wherever it stands', async (t) => {
  const { logger, lines } = setup()

  logger.info({ detail: 'for 11010519491231002X' }, 'called 13812345678 about 44052418800101001X')
  logger.warn(`key lh_${'a'.repeat(43)} came`)
  logger.error(new Error('no row for 11010519491231002X'))

  t.notMatch(lines.join(''), /11010519491231002|13812345678|44052418800101001|aaaa/)
  t.match(lines.join(''), /called \[sealed\] about/)
})

t.test('keeps the code and place of an error, and not the text of a parser, which quotes its input', async (t) => {
  const { logger, last, lines } = setup()
  let cause: unknown
  try {
    JSON.parse('{"name": 王芳}')
  } catch (error) {
    cause = error
  }

  logger.error({ err: new HubError('HUB_MALFORMED_JSON', 'the body is no JSON', { cause }) }, 'refused')

  t.match(last(), {
    err: { code: 'HUB_MALFORMED_JSON', message: 'the body is no JSON', cause: { name: 'SyntaxError' } },
  })
  t.match(last(), { err: { at: [/logger\.test/] } })
  t.notMatch(lines.join(''), '王芳')

  const refused = z.strictObject({ a: z.string() }).safeParse({ 王芳: 1 })
  logger.error({ err: refused.error }, 'refused')

  t.notMatch(lines.join(''), '王芳')
})

t.test('logs the pattern of a route and never its address', async (t) => {
  const { logger, last } = setup()
  const url = '/v1/patients/7c0e?asOf=2026-01-01'

  logger.info(
    { req: { id: 'r-1', method: 'GET', url, routeOptions: { url: '/v1/patients/:id' }, headers: { a: 1 } } },
    'x',
  )

  t.same(last().req, { id: 'r-1', method: 'GET', route: '/v1/patients/:id' })
})

t.test('writes nothing below its level', async (t) => {
  const { logger, lines } = setup('warn')

  logger.info('quiet')

  t.equal(lines.length, 0)
})
