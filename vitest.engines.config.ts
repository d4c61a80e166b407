import { defineConfig } from 'vitest/config'

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
  },
})
