import { writeFileSync } from 'node:fs'
import type { Measured } from './measured.js'

// Loaded into a command before its own program (node --import): leaves in a file what its process has taken when it ends.
const startedAt = performance.now()
const path = process.env.MEASURED_INTO
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const wallMs = performance.now() - startedAt
  const peakBytes = process.resourceUsage().maxRSS * 1024
  const measured: Measured = { wallMs, cpuMs: (user + system) / 1000, peakBytes }
  if (path !== undefined) writeFileSync(path, JSON.stringify(measured))
})
