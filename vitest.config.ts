import { defineConfig } from 'vitest/config'
import { slowestFirst } from './test/setup/slowestFirst.js'

/**
 * What imports do on folders, they do on S3: by copies that are checked what is about the lake, and by DuckDB, over HTTP, what
 * is about the rows of reports. A copy's rows are read as a folder's are.
 */
const STAGED_CASES = ['importReports', 'refusedReports', 'resumed']
const HTTPFS_CASES = [
  'acceptedReports',
  'awsReports',
  'derived',
  'formats',
  'refusedReports',
  'rejectedRows',
  'resumed',
]

const onS3 = (transport: string, cases: readonly string[]) => ({
  extends: true as const,
  test: {
    name: `S3, ${transport}`,
    include: cases.map(name => `test/snapshot/${name}.test.ts`),
    globalSetup: ['test/setup/miniStackSetup.ts'],
    env: { STOCKTAKE_TEST_TRANSPORT: transport, STOCKTAKE_TEST_LAWS: 'often' },
    isolate: false,
  },
})

/** Minutes of waiting for answers that don't come. */
const FAULTS = ['test/lake/s3Faults.test.ts', 'test/snapshot/faultsOnS3.test.ts']

/** On servers of their own. Files share processes: what one stubs it gives back. */
const ON_S3 = [
  'test/iceberg/glueOnS3.test.ts',
  'test/commands/awsGuideOnS3.test.ts',
  'test/commands/glueLakeOnS3.test.ts',
  'test/snapshot/requestsOnS3.test.ts',
  'test/snapshot/racesOnS3.test.ts',
  'test/commands/scanOnS3.test.ts',
  'test/commands/collectionsOnS3.test.ts',
  'test/commands/lakeOnS3.test.ts',
  'test/commands/lakeCopyOnS3.test.ts',
  'test/commands/maintainOnS3.test.ts',
  'test/commands/secrets.test.ts',
  'test/commands/tablesChangesOnS3.test.ts',
  'test/commands/serveOnS3.test.ts',
  'test/commands/tablesOnS3.test.ts',
  'test/commands/ownTablesOnS3.test.ts',
  'test/commands/tablesQueryOnS3.test.ts',
  'test/hardening/readOnlyLakeOnS3.test.ts',
  'test/publish/publishOnS3.test.ts',
  'test/streams/etlOnS3.test.ts',
  'test/streams/ingestOnS3.test.ts',
  'test/tables/insertedOnS3.test.ts',
  'test/web/connectorsOnS3.test.ts',
  'test/web/querySandbox.test.ts',
]

/**
 * A process after the other, many of them killed; imports with a full disk, over and over; what goes on for many cycles;
 * a server that is asked thousands of times; faults at each step of an etl; and rows by the hundred thousand.
 */
const PROCESSES = [
  'test/snapshot/fullDisk.test.ts',
  'test/hardening/fullDisk.test.ts',
  'test/hardening/locales.test.ts',
  'test/hardening/readOnlyLake.test.ts',
  'test/hardening/secretsSwept.test.ts',
  'test/snapshot/killed.test.ts',
  'test/snapshot/killedScan.test.ts',
  'test/snapshot/largeDeltas.test.ts',
  'test/snapshot/largeReports.test.ts',
  'test/commands/agentKilled.test.ts',
  'test/commands/daemon.test.ts',
  'test/jobs/soak.test.ts',
  'test/package/installed.test.ts',
  'test/streams/etlFaults.test.ts',
  'test/streams/killedStreams.test.ts',
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

/** The files that take longest, the longest first. */
const SLOW = [
  'test/lake/s3Faults.test.ts', // it waits, while others compute
  'test/snapshot/killed.test.ts',
  'test/web/schemathesis.test.ts',
  'test/snapshot/faultsOnS3.test.ts',
  'test/snapshot/fullDisk.test.ts',
  'test/streams/killedStreams.test.ts',
  'test/tables/insertedAtOnce.test.ts',
  'test/commands/agentKilled.test.ts',
  'test/jobs/queueManyAgents.test.ts',
  'test/jobs/soak.test.ts',
  'test/reconcile/gapsAgree.test.ts',
  'test/web/pageFrame.test.ts',
  'test/web/pageStory.test.ts',
  'test/web/querySandbox.test.ts',
  'test/streams/etlFaults.test.ts',
  'test/snapshot/largeDeltas.test.ts',
  'test/commands/scanOnS3.test.ts',
  'test/snapshot/requestsOnS3.test.ts',
  'test/publish/publishOnS3.test.ts',
  'test/commands/glueLakeOnS3.test.ts',
]

// Where files share a process (`isolate: false`), they share the modules that it has: these hold no state, and to import them
// anew would take longer than many a file's tests.
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'folder',
          include: ['test/**/*.test.ts'],
          exclude: [...FAULTS, ...ON_S3, ...PROCESSES, ...JOBS, ...PAGE, ...ALONE],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'folder, alone', include: ALONE } },
      onS3('staged', STAGED_CASES),
      onS3('httpfs', HTTPFS_CASES),
      { extends: true, test: { name: 'S3, faults', include: FAULTS } },
      { extends: true, test: { name: 'S3, jobs', include: JOBS } },
      { extends: true, test: { name: 'S3, servers', include: ON_S3, isolate: false } },
      { extends: true, test: { name: 'processes', include: PROCESSES } },
      { extends: true, test: { name: 'laws', include: LAWS, env: { STOCKTAKE_TEST_LAWS: 'often' } } },
      { extends: true, test: { name: 'page', include: PAGE, expect: { poll: { timeout: 20_000 } } } },
    ],
    globalSetup: ['test/setup/temporaryFolders.ts', 'test/setup/globalSetup.ts'],
    // For hangs alone: machines differ, and several things may run on one.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // No test asks the cloud that it may run in for credentials.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', AWS_EC2_METADATA_DISABLED: 'true' },
    pool: 'forks',
    // More than there are cores: often a test waits for a disk, for processes or for answers that don't come.
    maxWorkers: 3,
    sequence: { sequencer: slowestFirst(SLOW) },
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
