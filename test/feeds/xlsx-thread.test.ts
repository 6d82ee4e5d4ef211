import t from 'tap'
import { headerLine, linesToBytes } from '../../src/feeds/document.js'
import { renderXlsx, type XlsxOrder } from '../../src/feeds/render-xlsx.js'
import { createXlsxRenderer } from '../../src/feeds/xlsx-thread.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { POLICE_HIGH } from '../../src/policy/feed-field-sets.js'

function orderOf(rows: number): XlsxOrder {
  const fieldSets = [POLICE_HIGH]
  const head = headerLine(
    {
      ...{ feed: 'police-quarterly', period: '2026Q1', fieldSets, versions: {}, isSimulated: true },
      cut: { id: 'x', at: '2026-04-08T00:00:00.000+08:00' },
    },
    { documentId: 'x', agency: 'x', agencyName: '示例', rows, counts: {} },
  )
  const lines = Array.from({ length: rows }, (_, i) => canonicalJson({ id: `r${i}`, name: `测试${i}` }))
  return { ndjson: linesToBytes(head, lines), fieldSets, label: 'x', documentDigest: 'x', recalled: 0 }
}

t.test('gives the bytes that rendering gives, of one order after the other', async (t) => {
  const renderer = createXlsxRenderer()
  t.teardown(() => renderer.close())
  const orders = [orderOf(2), orderOf(0)]

  const made = await Promise.all(orders.map((order) => renderer.render(order)))

  for (const [i, order] of orders.entries()) t.ok(made[i]?.equals(await renderXlsx(order)))
})

t.test('says by code what cannot be made, and goes on', async (t) => {
  const renderer = createXlsxRenderer()
  t.teardown(() => renderer.close())
  const order = orderOf(1)
  const ndjson = Buffer.from(Buffer.from(order.ndjson).toString('utf8').replace('"rows":1', '"rows":1048576'), 'utf8')

  await t.rejects(renderer.render({ ...order, ndjson }), { code: 'HUB_TOO_MANY_ROWS' })
  await t.rejects(renderer.render({ ...order, ndjson: Buffer.from('王示例\n') }), { code: 'HUB_INTERNAL' })
  t.ok((await renderer.render(order)).length > 0)
})

t.test('what takes more memory than a rendering gets is refused, and the process lives', async (t) => {
  const renderer = createXlsxRenderer({ heapMb: 40, mostWaiting: 2 })
  t.teardown(() => renderer.close())

  await t.rejects(renderer.render(orderOf(200_000)), { code: 'HUB_TOO_MANY_ROWS' })
  t.ok((await renderer.render(orderOf(1))).length > 0)
})

t.test('lets no more wait than it may', async (t) => {
  const renderer = createXlsxRenderer({ heapMb: 512, mostWaiting: 1 })
  t.teardown(() => renderer.close())

  const first = renderer.render(orderOf(1))
  await t.rejects(renderer.render(orderOf(1)), { code: 'HUB_OVERLOADED' })
  await first
  t.ok((await renderer.render(orderOf(1))).length > 0)
})

t.test('closing ends what is under way and what waits, by code', async (t) => {
  const renderer = createXlsxRenderer()
  const outcomes = Promise.allSettled([orderOf(50_000), orderOf(1)].map((order) => renderer.render(order)))

  await renderer.close()

  for (const outcome of await outcomes) t.match(outcome, { status: 'rejected', reason: { code: 'HUB_STOPPING' } })
  await t.rejects(renderer.render(orderOf(1)), { code: 'HUB_STOPPING' })
})
