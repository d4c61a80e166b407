import { defineConfig } from 'vitest/config'

// What imports do on folders, they do on S3.
const IMPORT_CASES = [
  'acceptedReports',
  'awsReports',
  'derived',
  'formats',
  'importReports',
  'refusedReports',
  'rejectedRows',
  'resumed',
].map(name => `test/snapshot/${name}.test.ts`)

const onS3 = (transport: string) => ({
  extends: true as const,
  test: {
    name: `S3, ${transport}`,
    include: IMPORT_CASES,
    globalSetup: ['test/setup/miniStackSetup.ts'],
    env: { STOCKTAKE_TEST_TRANSPORT: transport, STOCKTAKE_TEST_LAWS: 'often' },
  },
})

/** Minutes of waiting for answers that don't come. */
const FAULTS = ['test/lake/s3Faults.test.ts', 'test/snapshot/faultsOnS3.test.ts']

/** On servers of their own. */
const ON_S3 = [
  'test/iceberg/glueOnS3.test.ts',
  'test/commands/glueLakeOnS3.test.ts',
  'test/snapshot/requestsOnS3.test.ts',
  'test/snapshot/racesOnS3.test.ts',
  'test/commands/scanOnS3.test.ts',
  'test/commands/collectionsOnS3.test.ts',
  'test/commands/lakeOnS3.test.ts',
  'test/commands/maintainOnS3.test.ts',
  'test/commands/secrets.test.ts',
  'test/commands/tablesChangesOnS3.test.ts',
  'test/commands/serveOnS3.test.ts',
  'test/commands/tablesOnS3.test.ts',
  'test/commands/ownTablesOnS3.test.ts',
  'test/commands/tablesQueryOnS3.test.ts',
  'test/publish/publishOnS3.test.ts',
  'test/tables/insertedOnS3.test.ts',
  'test/web/connectorsOnS3.test.ts',
  'test/web/querySandbox.test.ts',
]

/**
 * A process after the other, many of them killed; imports with a full disk, over and over; what goes on for many cycles;
 * and a server that is asked thousands of times.
 */
const PROCESSES = [
  'test/snapshot/fullDisk.test.ts',
  'test/snapshot/killed.test.ts',
  'test/snapshot/killedScan.test.ts',
  'test/commands/agentKilled.test.ts',
  'test/commands/daemon.test.ts',
  'test/jobs/soak.test.ts',
  'test/tables/insertedAtOnce.test.ts',
  'test/web/schemathesis.test.ts',
]

/**
 * Hundreds of jobs and agents that are killed, in a folder and on S3; `maintain` beside imports and readers; and declared
 * tables that many things happen to.
 */
const JOBS = ['test/jobs/queueManyAgents.test.ts', 'test/jobs/maintainBeside.test.ts', 'test/tables/careModel.test.ts']

/** A browser on the page that a process of its own serves. */
const PAGE = ['test/web/page*.test.ts', 'test/ui/pageInBrowser.test.ts']

/** Laws that are tried a few times in 'folder', as each time takes a second or more, and here often. */
const LAWS = ['test/reconcile/gapsAgree.test.ts', 'test/snapshot/deltaSets.test.ts']

/** They measure the memory of their process. */
const ALONE = ['test/inventory/orc/fuzz.test.ts']

/**
 * More than there are cores: often a test waits for a disk or for processes. Files share a process and the modules that it
 * has, as these hold no state, and importing them anew would take longer than many a file's tests.
 */
const ON_FOLDERS = { maxWorkers: 3, sequence: { groupOrder: 1 } }

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...ON_FOLDERS,
          name: 'folder',
          include: ['test/**/*.test.ts'],
          exclude: [...FAULTS, ...ON_S3, ...PROCESSES, ...JOBS, ...PAGE, ...ALONE],
          isolate: false,
        },
      },
      { extends: true, test: { ...ON_FOLDERS, name: 'folder, alone', include: ALONE } },
      onS3('staged'),
      onS3('httpfs'),
      { extends: true, test: { name: 'S3, faults', include: FAULTS } },
      { extends: true, test: { name: 'S3, jobs', include: JOBS } },
      { extends: true, test: { name: 'S3, servers', include: ON_S3 } },
      { extends: true, test: { name: 'processes', include: PROCESSES } },
      { extends: true, test: { name: 'laws', include: LAWS, env: { STOCKTAKE_TEST_LAWS: 'often' } } },
      { extends: true, test: { name: 'page', include: PAGE, expect: { poll: { timeout: 20_000 } } } },
    ],
    globalSetup: ['test/setup/globalSetup.ts'],
    // For hangs alone: machines differ, and several things may run on one.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // No test asks the cloud that it may run in for credentials.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', AWS_EC2_METADATA_DISABLED: 'true' },
    pool: 'forks',
    maxWorkers: 2,
    coverage: {
      enabled: process.env.CI === 'true',
      provider: 'v8',
      include: ['src/**/*.{ts,tsx}'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        'src/inventory/**': { lines: 90, statements: 90, functions: 90 },
        'src/iceberg/**': { lines: 90, statements: 90, functions: 90 },
      },
    },
  },
})
