// Loaded into each Node.js of a build: who beyond loopback is asked is written down, and not asked.
const fs = require('node:fs')
const net = require('node:net')

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...given) {
  // net.connect hands over its arguments as one array
  const [first, second] = Array.isArray(given[0]) ? given[0] : given
  const isAddress = typeof first === 'object' && first !== null
  const host = isAddress ? (first.path ? undefined : first.host) : second
  if (typeof host === 'string' && !/^(localhost|127\..*|::1)$/.test(host)) {
    fs.appendFileSync(process.env.REACHLINE_ASKED, `${host}\n`)
    process.nextTick(() => this.destroy(new Error(`${host} must not be asked`)))
    return this
  }
  return connect.apply(this, given)
}
