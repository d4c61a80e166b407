import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatConfigSchema } from '../../src/config/schema.js'
import { packageFolder } from '../../src/packageFolder.js'

test('the JSON schema that ships is the one that checks; `npm run schema` writes it', () => {
  const shipped = readFileSync(join(packageFolder(), 'config', 'stocktake.schema.json'), 'utf8')
  expect(shipped).toBe(formatConfigSchema())
})

test('it knows keys, defaults and choices, and no other keys', () => {
  const { properties, additionalProperties } = JSON.parse(formatConfigSchema())
  expect(additionalProperties).toBe(false)
  expect(Object.keys(properties)).toEqual(
    'lake catalog engine connectors aws expectations prices keep daemon notify athena trino publish streams tables'.split(
      ' ',
    ),
  )
  const connector = properties.connectors.anyOf[0].additionalProperties.properties
  expect(connector.schedule.default).toBe('weekly')
  expect(connector.schedule.anyOf[0].enum).toEqual(['manual', 'daily', 'weekly', 'inventory'])
  expect(connector.max_rejected.default).toBe('0.1%')
})
