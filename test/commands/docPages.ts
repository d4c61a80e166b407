/** Pages whose examples are of the demo, each of a copy of its own. */
export const PAGES_OF_DEMO = [
  'README.md',
  'docs/concepts.md',
  'docs/cookbook.md',
  'docs/operations.md',
  'docs/security.md',
  'docs/troubleshooting.md',
]

/** Pages whose examples other tests run. */
export const PAGES_ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/aws.md': 'test/commands/awsGuideOnS3.test.ts',
  'docs/commands.md': 'test/commands/demo.test.ts',
  'docs/own-tables.md': 'test/commands/ownTables.test.ts',
  'docs/streams.md': 'test/streams/streamsGuide.test.ts',
}
