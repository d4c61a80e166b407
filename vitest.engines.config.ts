import { defineConfig } from 'vitest/config'
import { slowestFirst } from './test/setup/slowestFirst.js'

/** The files that take longest, the longest first: the first asks Trino one thing after the other, for minutes. */
const SLOW = ['models', 'remoteImport', 'remoteEngines', 'generated', 'remoteHostile', 'publishedReaders'].map(
  name => `test/engines/${name}.engines.ts`,
)

// Tests that need other engines beside DuckDB: apart, as those are large. `npm run test:engines`
export default defineConfig({
  test: {
    include: ['test/engines/**/*.engines.ts'],
    globalSetup: ['test/setup/temporaryFolders.ts', 'test/engines/engineSetup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    // More than there are cores: often a test waits for an engine, and engines for each other.
    maxWorkers: 3,
    sequence: { sequencer: slowestFirst(SLOW) },
  },
})
