import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { createHandler, type HandlerOptions } from '../../kit/http-handler.js'
import type { Receiver } from '../../kit/receiver.js'
import { messagesOf, rigOf } from './rig.js'

const { m0 } = messagesOf('applies in order, each once, and takes a duplicate without applying it')
if (!m0) throw new Error('no message')

async function serve(
  t: Parameters<typeof rigOf>[0],
  receiver: Pick<Receiver, 'receive'>,
  options: HandlerOptions = {},
): Promise<{ readonly url: string; readonly port: number }> {
  const server = createServer(createHandler(receiver, options)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/hook`, port }
}

t.test('answers with a code and nothing of the message', async (t) => {
  const { url } = await serve(t, await rigOf(t).open())
  const post = (headers = m0.headers) => fetch(url, { method: 'POST', headers, body: m0.body })

  const [first, second, unsigned] = [await post(), await post(), await post({})]

  t.same([first.status, await first.json()], [200, { code: 'APPLIED' }])
  t.same([second.status, await second.json()], [200, { code: 'DUPLICATE' }])
  t.same([unsigned.status, await unsigned.json()], [401, { code: 'BAD_HEADERS' }])
})

t.test('takes POST only', async (t) => {
  const { url } = await serve(t, await rigOf(t).open())

  const answer = await fetch(url)

  t.equal(answer.status, 405)
  t.equal(answer.headers.get('allow'), 'POST')
})

t.test('refuses a body that is too large, announced or not', async (t) => {
  const { url } = await serve(t, await rigOf(t).open(), { bodyLimitBytes: 1000 })
  const large = 'x'.repeat(200_000)
  const unannounced = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(large))
      controller.close()
    },
  })

  t.equal((await fetch(url, { method: 'POST', body: large })).status, 413)
  t.equal((await fetch(url, { method: 'POST', body: unannounced, duplex: 'half' } as RequestInit)).status, 413)
  t.equal((await fetch(url, { method: 'POST', headers: m0.headers, body: m0.body })).status, 200, 'and goes on')
})

t.test('waits no longer for a body than it was told', async (t) => {
  const { port } = await serve(t, await rigOf(t).open(), { bodyTimeoutMs: 20 })
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())

  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nslow')
  const [answer] = await once(socket, 'data')

  t.match(String(answer), /^HTTP\/1\.1 408 /)
  t.match(String(answer), /connection: close/i)
})

t.test('keeps the hub waiting no longer than it was told; the work goes on', async (t) => {
  let finish: () => void = () => {}
  const rig = rigOf(t, () => new Promise<void>((resolve) => (finish = resolve)))
  const receiver = await rig.open()
  const hasty = await serve(t, receiver, { answerTimeoutMs: 20 })
  const patient = await serve(t, receiver)
  const post = (url: string) => fetch(url, { method: 'POST', headers: m0.headers, body: m0.body })

  t.equal((await post(hasty.url)).status, 503)
  finish()
  t.equal((await post(patient.url)).status, 200)
  t.equal(rig.handed.length, 1)
})
