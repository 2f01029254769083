// A whole Bluesky network on loopback: directory, PDS, AppView. Says where its PDS is, then answers
// each line of its input once the AppView has seen all that was written to the PDS.
import { createInterface } from 'node:readline'
import { TestNetwork } from '@atproto/dev-env'

const network = await TestNetwork.create({ dbPostgresSchema: 'bluesky' })
console.log(`PDS ${network.pds.url}`)
for await (const line of createInterface({ input: process.stdin })) {
  await network.processAll(60_000)
  console.log(`seen ${line}`)
}
