// Opens so many WebSockets, says so, and keeps them until it is ended. Arguments: URL, ORIGIN, COUNT, COOKIE
import WebSocket from 'ws'

const [url, origin, count, cookie] = process.argv.slice(2)
const open = []
for (let i = 0; i < Number(count); i++) {
  const socket = new WebSocket(url, { origin, headers: { cookie }, perMessageDeflate: false })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  open.push(socket)
}
console.log(`open ${open.length}`)
setInterval(() => {}, 1000)
