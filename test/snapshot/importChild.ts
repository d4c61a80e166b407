import { connectorOf, FIRST, importInto, LEAST_LIMITS, openTestLake, SECOND } from './importing.js'
import { countSteps, watchReads, watchStatements, watchWrites } from './watching.js'

// Imports in a process of its own, which a test may let die.
// usage: node importChild.js FOLDER CONNECTOR first|second [STEP]
// It says `ready` to its parent, begins when it is told to, and kills itself at the step of that name.

const [folder = '', connector = '', which = '', lastStep] = process.argv.slice(2)

const lake = await openTestLake(folder)
const watch = countSteps(step => {
  if (step === lastStep) process.kill(process.pid, 'SIGKILL')
})

async function begin(): Promise<void> {
  const outcomes = await importInto(lake, {
    connector: connectorOf({}, {}, connector),
    wanted: { which: 'at', at: which === 'first' ? FIRST : SECOND },
    limits: LEAST_LIMITS,
    store: watchWrites(lake.store, watch),
    reports: watchReads(lake.reports, watch),
    engine: watchStatements(lake.engine, watch),
    progress: ({ phase, done }) => watch(`progress ${phase} ${done}`),
  })
  process.send?.(outcomes.map(outcome => outcome.kind).join())
  process.disconnect()
}

process.once('message', begin)
process.send?.('ready')
