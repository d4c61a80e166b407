import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../../src/packageFolder.js'
import { formatGapsFileSchema } from '../../src/reconcile/gapsFile.js'

test('the schema that ships is that of what is written', () => {
  const shipped = readFileSync(join(packageFolder(), 'config', 'gaps.schema.json'), 'utf8')
  expect(formatGapsFileSchema(), 'npm run schema writes it').toBe(shipped)
})
