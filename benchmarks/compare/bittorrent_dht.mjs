// npm's bittorrent-dht as a server and nothing else, with room for a million peers.
//
// usage: node bittorrent_dht.mjs MODULE ADDRESS PORT
//
// It pings every ADDRESS:PORT that comes on its standard input.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [module, address, port] = process.argv.slice(2)
const { default: DHT } = await import(pathToFileURL(module))
const dht = new DHT({ bootstrap: false, maxPeers: 1_000_000 })
dht.on('warning', () => {})
dht.listen(Number(port), address)
createInterface({ input: process.stdin }).on('line', (line) => {
  const [host, its] = line.split(':')
  dht.addNode({ host, port: Number(its) })
})
