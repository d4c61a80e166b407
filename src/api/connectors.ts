import { z } from '@hono/zod-openapi'
import { jsonValue, time } from './shapes.js'

export const SCHEDULES = ['manual', 'daily', 'weekly', 'inventory'] as const

/** Settings of a connector, spelled as in stocktake.yaml. */
export const connectorSettings = z.record(z.string(), jsonValue()).openapi('ConnectorSettings')

export const connector = z
  .object({
    guid: z.string().describe('`con_…`'),
    name: z.string(),
    declared_at: z.string().nullable().describe('where a file declares it, which alone can change it; else NULL'),
    source_bucket: z.string(),
    inventory: z
      .object({
        destination_bucket: z.string(),
        prefix: z.string(),
        config_name: z.string(),
        format: z.enum(['auto', 'CSV', 'ORC', 'Parquet']),
        fields: z.record(z.string(), z.string()),
      })
      .nullable(),
    scan_mode: z.enum(['aws_inventory', 'sample', 'full']),
    sample_rate: z.number(),
    fallback_to_sample: z.boolean(),
    schedule: z.enum(SCHEDULES),
    freshness: z.object({ warn_after_ms: z.number(), error_after_ms: z.number() }),
    max_rejected: z.number(),
    last_ended_at: time().nullable(),
    last_state: z.enum(['succeeded', 'failed', 'cancelled']).nullable(),
    next_due_at: time().nullable(),
    failing_since: time().nullable(),
    etag: z.string().nullable().describe('for If-Match of what changes it; NULL where a file declares it'),
  })
  .openapi('Connector')
export type Connector = z.output<typeof connector>

export const connectorList = z.object({ connectors: z.array(connector) }).openapi('ConnectorList')
export type ConnectorList = z.output<typeof connectorList>

export const newConnector = z
  .object({ name: z.string().min(1).max(64), settings: connectorSettings })
  .openapi('NewConnector', {
    example: { name: 'photos', settings: { source_bucket: 'photos-bucket', scan_mode: 'full', schedule: 'weekly' } },
  })

/** The part of the settings that the inventory form has; what isn't said stays as it is. */
export const inventoryConfig = z
  .object({
    destination_bucket: z.string().min(1),
    prefix: z.string().default(''),
    config_name: z.string().min(1),
    format: z.enum(['auto', 'CSV', 'ORC', 'Parquet']).default('auto'),
    fields: z.record(z.string(), z.string()).optional(),
    source_bucket: z.string().min(1).optional().describe('needed where there is no such connector yet'),
    schedule: z.enum(SCHEDULES).optional(),
  })
  .openapi('InventoryConfig', {
    example: { destination_bucket: 'inventory-bucket', prefix: 'photos-bucket/', config_name: 'daily', format: 'auto' },
  })
export type InventoryConfig = z.output<typeof inventoryConfig>

export const schedule = z.object({ schedule: z.enum(SCHEDULES) }).openapi('Schedule')

export const check = z
  .object({
    state: z.enum(['ok', 'warn', 'fail']),
    subject: z.string(),
    text: z.string(),
    fix: z.string().nullable(),
  })
  .openapi('Check')
export type Check = z.output<typeof check>
export const checkList = z.object({ checks: z.array(check) }).openapi('CheckList')
export type CheckList = z.output<typeof checkList>
