import { describe, expect, test } from 'vitest'
import type { Connector } from '../../src/api/connectors.js'
import { connectorSchema } from '../../src/config/schema.js'
import {
  type ConnectorForm,
  findProblems,
  formOf,
  NEW_CONNECTOR,
  planPatch,
  settingsOf,
} from '../../src/ui/app/connectors/connectorForm.js'

const filled: ConnectorForm = {
  ...NEW_CONNECTOR,
  name: 'photos',
  source_bucket: 'photo-bucket',
  destination_bucket: 'inventory-bucket',
  prefix: 'weekly/',
  config_name: 'daily',
}

const connector: Connector = {
  guid: 'con_00000000000000000000000000',
  name: 'photos',
  declared_at: null,
  source_bucket: 'photo-bucket',
  inventory: {
    destination_bucket: 'inventory-bucket',
    prefix: 'weekly/',
    config_name: 'daily',
    format: 'CSV',
    fields: { Size: 'size_in_bytes' },
  },
  scan_mode: 'aws_inventory',
  sample_rate: 0.1,
  fallback_to_sample: true,
  schedule: 'weekly',
  freshness: { warn_after_ms: 129_600_000, error_after_ms: 1_209_600_000 },
  max_rejected: 0.001,
  last_ended_at: null,
  last_state: null,
  next_due_at: null,
  failing_since: null,
  etag: '"1"',
}

describe('the settings of a new connector', () => {
  test('are what differs from the defaults', () =>
    expect(settingsOf(filled)).toEqual({
      source_bucket: 'photo-bucket',
      schedule: 'weekly',
      inventory: { destination_bucket: 'inventory-bucket', prefix: 'weekly/', config_name: 'daily', format: 'auto' },
    }))

  test('have the blanks around them taken away', () =>
    expect(settingsOf({ ...filled, source_bucket: ' photo-bucket ' })).toMatchObject({ source_bucket: 'photo-bucket' }))

  test.each<[name: string, form: ConnectorForm]>([
    ['reports', filled],
    ['names of fields', { ...filled, fields: 'Size: size_in_bytes\n\n Key : object key ' }],
    ['a sample', { ...NEW_CONNECTOR, name: 'x', source_bucket: './bucket', scan_mode: 'sample', sample_rate: '0.25' }],
    ['ages', { ...filled, warn_after: '8d', error_after: '15d', max_rejected: '1%', fallback_to_sample: false }],
  ])('are such as stocktake.yaml could have: %s', (_, form) => {
    expect(findProblems(form)).toEqual({})
    expect(connectorSchema.safeParse(settingsOf(form)).error).toBeUndefined()
  })
})

describe('the form of a connector', () => {
  test('has its settings as people write them', () =>
    expect(formOf(connector)).toMatchObject({
      fields: 'Size: size_in_bytes',
      format: 'CSV',
      warn_after: '36h',
      error_after: '14d',
      max_rejected: '0.1%',
      sample_rate: '0.1',
    }))

  test('that nobody has changed changes nothing', () =>
    expect(planPatch(formOf(connector), formOf(connector))).toEqual({}))

  test.each<[name: string, change: Partial<ConnectorForm>, patch: unknown]>([
    ['the schedule', { schedule: 'daily' }, { schedule: 'daily' }],
    ['the sample', { sample_rate: '0.5' }, { sample_rate: 0.5 }],
    ['an age', { warn_after: '40h' }, { freshness: { warn_after: '40h', error_after: '14d' } }],
    [
      'a field that is named as always again',
      { fields: 'Key: object_key' },
      {
        inventory: {
          ...{ destination_bucket: 'inventory-bucket', prefix: 'weekly/', config_name: 'daily', format: 'CSV' },
          fields: { Size: null, Key: 'object_key' },
        },
      },
    ],
    ['reports that there are no more', { destination_bucket: '', config_name: '' }, { inventory: null }],
  ])('changes %s', (_, change, patch) => {
    const before = formOf(connector)
    expect(planPatch(before, { ...before, ...change })).toEqual(patch)
  })

  test.each([
    ['name', ''],
    ['name', '-photos'],
    ['name', 'a b'],
    ['name', 'x'.repeat(65)],
    ['source_bucket', '  '],
    ['destination_bucket', ''],
    ['config_name', ''],
    ['fields', 'Size'],
    ['sample_rate', '0'],
    ['sample_rate', '1.5'],
    ['sample_rate', 'much'],
  ] as const)('says what is wrong with %s %j', (name, value) =>
    expect(Object.keys(findProblems({ ...filled, [name]: value }))).toEqual([name]),
  )

  test('asks for no reports where the bucket is listed', () =>
    expect(findProblems({ ...filled, scan_mode: 'full', destination_bucket: '', config_name: '' })).toEqual({}))
})
