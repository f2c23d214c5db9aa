// Serves the lake of a folder until it is killed: `node serve.mjs <folder>`. Prints the address.
import { openLake } from '@traillake/core'
import { startServer } from '../../dist/index.js'

const lake = await openLake(process.argv[2])
const { url } = await startServer({ lake, port: 0, audit: true, lease: { leaseMs: 3000, renewMs: 500 } })
process.stdout.write(`${url}\n`)
