// A module as people write them: Express with a page, a form, an upload and events; ws for a socket.
// Arguments: PORT, VERSION
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import express from 'express'
import { WebSocketServer } from 'ws'

const [port, version] = process.argv.slice(2)
const app = express()

app.get('/health', (request, response) => response.json({ status: 'ok', version }))
app.get('/page', (request, response) => response.type('html').send('<form method="post" action="form"><input name="a"></form>'))

// What SvelteKit does: the browser's Origin must be the address that the module believes to have.
app.post('/form', express.urlencoded({ extended: false }), (request, response) => {
  const self = `${request.get('x-forwarded-proto')}://${request.get('host')}`
  if (request.get('origin') !== self) return response.status(403).send('cross-site')
  response.redirect(303, `page?saved=${request.body.a}`)
})

app.post('/upload', (request, response) => {
  const hash = createHash('sha256')
  let size = 0
  request.on('data', (part) => { size += part.length; hash.update(part) })
  request.on('end', () => response.json({ size, sha256: hash.digest('hex') }))
})

app.get('/download', (request, response) => {
  let left = Number(request.query.size)
  const part = Buffer.alloc(64 * 1024, 'x')
  response.type('application/octet-stream')
  const write = () => {
    while (left > 0) {
      const next = left > part.length ? part : part.subarray(0, left)
      left -= next.length
      if (!response.write(next)) return response.once('drain', write)
    }
    response.end()
  }
  write()
})

app.get('/events', (request, response) => {
  response.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  let n = 0
  const timer = setInterval(() => {
    response.write(`data: ${++n}\n\n`)
    if (n === 3) { clearInterval(timer); response.end() }
  }, 100)
  request.on('close', () => clearInterval(timer))
})

app.get('/who', (request, response) => response.json(request.headers))

const server = createServer(app)
const sockets = new WebSocketServer({
  server, path: '/socket', maxPayload: 32 << 20, perMessageDeflate: true, handleProtocols: (offered) => [...offered].pop() })
sockets.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
server.listen(Number(port), '127.0.0.1')
