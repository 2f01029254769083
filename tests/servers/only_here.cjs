// Loaded before a server: it listens on loopback alone, and ends with the test that started it.
const net = require('node:net')

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  const [first, ...rest] = given
  if (first !== null && typeof first === 'object' && first.path === undefined && !first._handle && !first.fd) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, ...rest)
  }
  if (typeof first === 'number' || /^\d+$/.test(first)) {
    const after = typeof rest[0] === 'string' ? rest.slice(1) : rest
    return listen.call(this, first, '127.0.0.1', ...after)
  }
  return listen.apply(this, given)
}

process.stdin.on('end', () => process.exit()).resume()
