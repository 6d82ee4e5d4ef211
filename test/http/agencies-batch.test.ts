import t from 'tap'
import { agencyStream } from '../../src/domain/streams.js'
import { eventsOf } from '../fixtures/recording.js'
import type { Cleanup } from '../fixtures/store.js'
import { openRealHub } from './real-hub.js'

const idOf = (n: number): string => `0198f0aa-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
const lineOf = (n: number, changes: object = {}): string =>
  `${JSON.stringify({ id: idOf(n), role: 'POLICE', name: `派出所${n}`, phone: '0631-1', ...changes })}\n`

const setup = async (t: Cleanup) => {
  const real = await openRealHub(t)
  const key = await real.operatorKey()
  const send = async (payload: string, query = '') => {
    const headers = { authorization: `Bearer ${key.key}`, 'content-type': 'application/x-ndjson' }
    const reply = await real.app.inject({ method: 'POST', url: `/v1/agencies/batch${query}`, headers, payload })
    const lines =
      reply.statusCode === 200
        ? reply.body
            .split('\n')
            .slice(0, -1)
            .map((line) => JSON.parse(line))
        : []
    return { status: reply.statusCode, headers: reply.headers, lines }
  }
  const redeem = (code: string) => real.call(undefined, 'POST', '/v1/enrolments', { code })
  return { ...real, key, send, redeem }
}

t.test('enrols thousands, each with a code of its own, and goes on where a connection broke', async (t) => {
  const { send, redeem, hub } = await setup(t)
  const COUNT = 2000
  const file = Array.from({ length: COUNT }, (_, n) => lineOf(n)).join('')
  const broken = await send(file.slice(0, file.length / 2))
  const cut = broken.lines.at(-1)

  const { lines, headers } = await send(file)

  t.equal(headers['cache-control'], 'no-store')
  t.equal(cut?.status, 400, 'the line that was cut off is none')
  t.same(
    lines.map(({ line }) => line),
    Array.from({ length: COUNT }, (_, n) => n + 1),
    'in order',
  )
  t.equal(lines.filter(({ status }) => status === 200).length, broken.lines.length - 1, 'the others are known')
  t.equal(lines.filter(({ status }) => status === 201).length, COUNT - broken.lines.length + 1)
  t.equal(new Set(lines.map(({ code }) => code)).size, COUNT, 'each its own')
  const [first] = lines
  const written = JSON.stringify(await eventsOf(hub.log, agencyStream(idOf(0))))
  t.notOk(written.includes(first.code), 'the log holds its digest only')
  t.equal((await redeem(first.code)).status, 201)
  t.equal((await redeem(first.code)).status, 410, 'once')
  const again = await send(lineOf(0) + lineOf(1))
  t.match(
    again.lines,
    [
      { status: 200, code: undefined },
      { status: 200, code: String },
    ],
    'who has a key needs no code',
  )
})

t.test(
  'takes a line by itself: a superior may stand before it, and one that fails takes nothing with it',
  async (t) => {
    const { send, call, enrol } = await setup(t)
    const file = [
      lineOf(1, { role: 'CHC' }),
      lineOf(2, { role: 'VILLAGE', superior: idOf(1) }),
      lineOf(3, { superior: idOf(99) }),
      lineOf(4, { role: 'SCHOOL' }),
      '{"id":\n',
      lineOf(5, { name: 'x'.repeat(20_000) }),
      lineOf(1, { role: 'CHC', phone: '2' }),
      lineOf(6, { id: undefined }),
      lineOf(7),
    ].join('')

    const { lines } = await send(file, '?hours=1')

    t.same(
      lines.map(({ status }) => status),
      [201, 201, 404, 400, 400, 413, 409, 400, 201],
    )
    t.match(lines[3], { line: 4, errors: [{ pointer: '/role' }] })
    const station = await enrol('POLICE', { name: '所' })
    t.equal((await call(station, 'POST', '/v1/agencies/batch')).status, 403)
  },
)
