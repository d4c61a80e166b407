import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { packageFolder } from '../../src/packageFolder.js'

const sqlFolder = join(packageFolder(), 'sql')

/** The models that say they are for Trino, as `loadModel` takes them: `folders`, `reports/files`, `views/objects`. */
export const listPortableModels = (): string[] =>
  readdirSync(sqlFolder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.sql') && !path.endsWith('.duckdb.sql'))
    .filter(path => /^-- dialects:.*\btrino\b/m.test(readFileSync(join(sqlFolder, path), 'utf8')))
    .map(path => path.replace(/(\.trino)?\.sql$/, '').replaceAll(sep, '/'))
    .sort()

/** Whether the statement itself orders its rows, not only a part of it. */
export const isOrdered = (sql: string): boolean => /^order by /m.test(sql)
