import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import t from 'tap'
import { startTcpProxy } from '../fixtures/tcp-proxy.js'

t.test('a way that is slow and becomes fast again keeps the order of the bytes, and their end', async (t) => {
  const received: Buffer[] = []
  const server = createServer((socket) => socket.on('data', (chunk) => received.push(chunk))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startTcpProxy((server.address() as { readonly port: number }).port)
  t.teardown(async () => {
    await proxy.close()
    server.close()
  })
  const client = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true })
  const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 20))
  const write = async (text: string): Promise<void> => {
    client.write(text)
    await pause()
  }
  await once(client, 'connect')

  await write('a')
  proxy.delay(150)
  await write('b')
  await write('c')
  proxy.delay(0)
  await write('d')
  client.end('e')
  const whole = (): string => Buffer.concat(received).toString()
  for (const until = performance.now() + 10_000; whole().length < 5 && performance.now() < until; ) await pause()

  t.equal(whole(), 'abcde')
})
