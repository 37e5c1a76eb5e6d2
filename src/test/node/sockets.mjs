// Talks to a module's socket through the edge, as a browser and its libraries would: subprotocols, compression, large messages.
// Arguments: ws URL, Origin, Cookie
import assert from 'node:assert/strict'
import { once } from 'node:events'
import WebSocket from 'ws'

const [url, origin, cookie] = process.argv.slice(2)
for (const perMessageDeflate of [true, false]) {
  const socket = new WebSocket(url, ['first', 'second'], { origin, headers: { cookie }, perMessageDeflate, maxPayload: 32 << 20 })
  await once(socket, 'open')
  assert.equal(socket.protocol, 'second')
  assert.equal(socket.extensions.includes('permessage-deflate'), perMessageDeflate)
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 16 << 20]) {
    const message = Buffer.alloc(size, size % 251)
    socket.send(message)
    const [echo] = await once(socket, 'message')
    assert.ok(message.equals(echo), `${size} bytes came back as ${echo.length}`)
  }
  socket.close(4001, 'enough')
  const [code] = await once(socket, 'close')
  assert.equal(code, 4001)
}
console.log('sockets: all of it came back')
