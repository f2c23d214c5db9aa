import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection that speaks bytes, as no client of ours does. */
export async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** What comes until the server ends the connection; fails when it does not. */
export async function answerOf(socket: Socket): Promise<string> {
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(parts).toString('latin1')
}

/** Sends these bytes on a connection of their own and gives what comes back until the server ends it. */
export async function exchange(url: string, ...parts: readonly string[]): Promise<string> {
  const socket = await open(url)
  const answer = answerOf(socket)
  for (const part of parts) if (socket.writable) socket.write(part)
  return answer
}
