import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { printMeasured } from './measured.js'
import { MESSAGES } from './streamSender.js'

// The same messages as they come, as `cat` would: each and a line's end, without a look at them, and without fsync:
// node plainIngestOnce.js URL FOLDER
const startedAt = performance.now()
const [, , url = '', folder = ''] = process.argv
const file = createWriteStream(join(folder, 'plain.ndjson'))
const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true })
let records = 0
await new Promise<void>((resolve, reject) => {
  socket.on('error', reject).on('message', data => {
    file.write(data as Buffer)
    const isRoom = file.write('\n')
    if (++records === MESSAGES) return resolve()
    if (isRoom || socket.isPaused) return
    socket.pause()
    file.once('drain', () => socket.resume())
  })
})
socket.terminate()
file.end()
await once(file, 'finish')
printMeasured(startedAt, {}, { records })
