import { isDeepStrictEqual } from 'node:util'
import { UsageError } from '../../../../src/errors.js'
import { jobSchema } from '../../../../src/jobs/job.js'
import { DocumentFormatError, formatDocument, parseDocument } from '../../../../src/lake/documentFormat.js'
import { createLake, LakeFormatError, openLake } from '../../../../src/lake/lake.js'
import { MemoryStore } from '../../../../src/lake/memoryStore.js'
import { parsePrestoView } from '../../../../src/publish/prestoView.js'
import { mergeStatement, PolicyError } from '../../../../src/setup/policyText.js'
import { parseCursor } from '../../../../src/web/changes.js'
import { STATEMENT } from '../../../setup/deliveryExample.js'
import { type FuzzTarget, require } from '../fuzzTarget.js'
import { JSON_WORDS } from './jsonWords.js'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const seeds = (...texts: readonly string[]): Buffer[] => texts.map(each => Buffer.from(each))

/** The policy of a bucket: with our statement in it, the others must be as they were. */
const policy: FuzzTarget = {
  name: 'bucket-policy',
  refusals: [PolicyError],
  dictionary: [...JSON_WORDS, '"Statement":', '"Sid":', JSON.stringify(STATEMENT)],
  open: async () => ({
    seeds: seeds(
      '{\n  "Version": "2012-10-17",\n  "Statement": [ {"Sid": "a", "Effect": "Deny"}, {"Sid":"b"} ]\n}',
      '{"Statement":{"Sid":"a"},"Id":"x"}',
      `{"Version":"2012-10-17","Statement":[${JSON.stringify({ ...STATEMENT, Resource: 'arn:aws:s3:::b/*' })},{"Sid":"a"}]}`,
    ),
    read(input) {
      const merged = mergeStatement(text(input), STATEMENT, 'inventory-bucket')
      const [before, after] = [JSON.parse(text(input)), JSON.parse(merged.text)]
      const others = (from: { readonly Statement: unknown }) =>
        [from.Statement].flat().filter(each => (each as { readonly Sid?: unknown } | null)?.Sid !== STATEMENT.Sid)
      const ours = [after.Statement].flat().filter(each => each?.Sid === STATEMENT.Sid)
      require(isDeepStrictEqual(ours, [STATEMENT]), 'our statement is not in it')
      require(isDeepStrictEqual(others(after), others(before)), 'another statement has changed')
      require(isDeepStrictEqual({ ...after, Statement: 0 }, { ...before, Statement: 0 }), 'something else has changed')
    },
  }),
}

/** A view's text in Glue, which anybody may have written. */
const prestoView: FuzzTarget = {
  name: 'presto-view',
  refusals: [],
  dictionary: ['/* Presto View: ', ' */', '=', 'eyJ', ...JSON_WORDS],
  open: async () => {
    const view = { originalSql: 'select 1', catalog: 'c', schema: 's', columns: [{ name: 'a', type: 'integer' }] }
    return {
      seeds: seeds(`/* Presto View: ${Buffer.from(JSON.stringify(view)).toString('base64')} */`, JSON.stringify(view)),
      read(input) {
        parsePrestoView(text(input))
        parsePrestoView(`/* Presto View: ${Buffer.from(input).toString('base64')} */`)
      },
    }
  },
}

const JOB = {
  ...{ job_id: `job_${'0'.repeat(32)}`, type: 'import', connector: 'photos', params: { all: true }, state: 'running' },
  ...{
    due: '2026-01-20T10:00:00.000Z',
    not_before: null,
    attempts: 1,
    max_attempts: 5,
    created_at: '2026-01-20T10:00:00.000Z',
  },
  ...{
    created_by: 'root',
    started_at: '2026-01-20T10:00:00.000Z',
    ended_at: null,
    result: null,
    error: null,
    cancel: null,
  },
  ...{ progress: { phase: 'read', done: 1, total: null, rate: 2.5, unit: 'rows', at: '2026-01-20T10:00:00.000Z' } },
  ...{ chain: { name: 'a', link: 1 }, lease: null },
}

/** A document of the lake's state. */
const document: FuzzTarget = {
  name: 'document',
  refusals: [DocumentFormatError],
  dictionary: [...JSON_WORDS, '"format_version":', '"__proto__":', '2026-02-30T00:00:00Z'],
  open: async () => ({
    seeds: [Buffer.from(formatDocument(JOB))],
    read(input) {
      const job = parseDocument(input, jobSchema, '1.json')
      const again = parseDocument(formatDocument(job), jobSchema, '2.json')
      require(JSON.stringify(again) === JSON.stringify(job), 'it is another when it is written and read')
    },
  }),
}

/** lake.json. */
const lake: FuzzTarget = {
  name: 'lake-json',
  refusals: [LakeFormatError],
  dictionary: [...JSON_WORDS, '"formatVersion":', '"catalog":{"type":"glue","database":"a"}'],
  open: async () => {
    const store = new MemoryStore()
    await createLake(store, new Date('2026-01-20T10:00:00Z'))
    const glue = new MemoryStore()
    await createLake(glue, new Date('2026-01-20T10:00:00Z'), { type: 'glue', database: 'd' })
    return {
      seeds: [await store.read('lake.json'), await glue.read('lake.json')],
      async read(input) {
        const given = new MemoryStore()
        await given.put('lake.json', input)
        const { id, createdAt } = await openLake(given)
        require(text(input).includes(id) || text(input).includes('\\u'), 'its id is another')
        require(!Number.isNaN(createdAt.getTime()), 'it was made at no time')
      },
    }
  },
}

/** Where a page of changes goes on: what anybody may send. */
const cursor: FuzzTarget = {
  name: 'page-cursor',
  refusals: [UsageError],
  dictionary: [...JSON_WORDS, 'WyJh', '_', '-', '='],
  open: async () => ({
    seeds: seeds(JSON.stringify(['a', 'b', 'i', 'j', 'photos/é.jpg'])),
    read(input) {
      parseCursor(Buffer.from(input).toString('base64url'))
    },
  }),
}

export const DOCUMENT_TARGETS: readonly FuzzTarget[] = [policy, prestoView, document, lake, cursor]
