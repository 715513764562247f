// npm's bittorrent-dht behind as much of dht-node's control protocol as the test asks of it.
//
// usage: node bittorrent_dht_node.mjs MODULE --port P --bind ADDR [--bootstrap HOST:PORT]...
// MODULE is the path of the package's main file: an ES module is not found by NODE_PATH.
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'

const [module, ...argv] = process.argv.slice(2)
const { values: options } = parseArgs({
  args: argv,
  options: {
    port: { type: 'string' },
    bind: { type: 'string' },
    bootstrap: { type: 'string', multiple: true, default: [] }
  }
})
const { default: DHT } = await import(pathToFileURL(module))

// Ed25519 keys as node:crypto takes them: raw bytes behind the head of their DER form.
const publicKey = (raw) => createPublicKey({
  key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]), format: 'der', type: 'spki'
})
const privateKey = (seed) => createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
  format: 'der',
  type: 'pkcs8'
})

// No bootstrap list means "false": with an empty one it would ask the well-known routers.
const dht = new DHT({
  bootstrap: options.bootstrap.length ? options.bootstrap : false,
  verify: (signature, value, key) => verify(null, value, publicKey(key), signature)
})
const say = (message) => process.stdout.write(JSON.stringify(message) + '\n')
dht.on('warning', (warning) => console.error(warning.message))

const operations = {
  info: async () => ({ node_ids: [dht.nodeId.toString('hex')] }),

  nodes: async () => ({
    nodes: dht.nodes.toArray().map((n) =>
      ({ id: n.id.toString('hex'), addr: `${n.host}:${n.port}` }))
  }),

  announce: async ({ infohash, port }) =>
    new Promise((resolve, reject) => dht.announce(infohash, port, (error, stored) =>
      error ? reject(error) : resolve({ stored }))),

  get_peers: async ({ infohash }) => new Promise((resolve, reject) => {
    const peers = new Set()
    const note = (peer, of) => {
      if (of.toString('hex') === infohash) peers.add(`${peer.host}:${peer.port}`)
    }
    dht.on('peer', note)
    dht.lookup(infohash, (error) => {
      dht.removeListener('peer', note)
      error ? reject(error) : resolve({ peers: [...peers] })
    })
  }),

  // It knows byte strings only, and takes and gives them without their bencoding.
  put: async ({ v, k, salt, key_seed: seed }) => new Promise((resolve, reject) => {
    const text = Buffer.from(v, 'hex')
    const item = { v: text.subarray(text.indexOf(':') + 1) }
    if (seed) {
      item.k = Buffer.from(k, 'hex')
      item.salt = Buffer.from(salt, 'hex')
      item.seq = 1
      item.sign = (value) => sign(null, value, privateKey(Buffer.from(seed, 'hex')))
    }
    dht.put(item, (error, target) =>
      error ? reject(error) : resolve({ target: target.toString('hex') }))
  }),

  get: async ({ target, k, salt }) => new Promise((resolve, reject) => {
    const key = target ?? createHash('sha1').update(k + salt, 'hex').digest('hex')
    const how = k ? { salt: Buffer.from(salt, 'hex'), cache: false } : { cache: false }
    dht.get(key, how, (error, found) => {
      if (error) return reject(error)
      if (!found) return resolve({ found: false })
      const v = Buffer.concat([Buffer.from(`${found.v.length}:`), found.v])
      resolve({ found: true, v: v.toString('hex'), seq: found.seq ?? 0 })
    })
  }),

  quit: async () => {
    setImmediate(() => process.exit(0))
    return {}
  }
}

async function answer (line) {
  const request = JSON.parse(line)
  try {
    say({ id: request.id, ok: true, ...await operations[request.op](request) })
  } catch (error) {
    say({ id: request.id, ok: false, error: error.message })
  }
}

dht.listen(Number(options.port), options.bind, () => {
  say({ event: 'ready', proto: 1, version: 'bittorrent-dht', port: dht.address().port,
    caps: ['announce', 'get_peers', 'nodes'] })
  createInterface({ input: process.stdin }).on('line', answer).on('close', () => process.exit(0))
})
