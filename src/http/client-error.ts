/** What cannot even be read as a request: answered on the bare socket with a problem document, then closed. */
import type { Socket } from 'node:net'
import { ERRORS, HubError, problemOf } from '../kernel/errors.js'

export function refuseSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(problemOf(new HubError('HUB_MALFORMED_JSON', 'the request could not be read')))
  const head = `HTTP/1.1 ${ERRORS.HUB_MALFORMED_JSON.status} Bad Request`
  socket.end(
    `${head}\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
