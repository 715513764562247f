// npm's bittorrent-dht behind as much of dht-node's control protocol as the test asks of it.
//
// usage: node bittorrent_dht_node.mjs MODULE --port P --bind ADDR [--bootstrap HOST:PORT]...
// MODULE is the path of the package's main file: an ES module is not found by NODE_PATH.
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

// No bootstrap list means "false": with an empty one it would ask the well-known routers.
const dht = new DHT({ bootstrap: options.bootstrap.length ? options.bootstrap : false })
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
