import { setTimeout as sleep } from 'node:timers/promises'
import { RemoteQueryError } from '../../src/engine/remoteEngine.js'
import { typeName } from '../../src/engine/remoteValues.js'
import { openTrino } from '../../src/engine/trinoEngine.js'
import { type AthenaDouble, startAthenaDouble } from './athenaDouble.js'
import { GLUE_CATALOG } from './trinoGlue.js'

/** Athena's API in front of a real Trino, so that what it is asked really runs. */
export const startAthenaOnTrino = (server: string): Promise<AthenaDouble> =>
  startAthenaDouble({
    async execute(sql, { catalog, database, signal, scanned }) {
      if (catalog !== 'AwsDataCatalog') throw new Error(`CATALOG_NOT_FOUND: ${catalog}`)
      const effects = { sleep: (ms: number) => sleep(ms), random: Math.random, signal, retries: 3 }
      const address = { server, user: 'athena' }
      const trino = openTrino({ address, catalog: GLUE_CATALOG, schema: database }, effects)
      try {
        const result = await trino.query(sql, { progress: ({ bytes = 0 }) => scanned(bytes) })
        const rows: (readonly unknown[])[] = []
        for await (const row of result.exactRows) rows.push(row)
        const columns = result.columns.map(({ name }, i) => {
          const type = result.types[i]
          return { name, type: type === undefined ? 'varchar' : typeName(type).toLowerCase() }
        })
        return { columns, rows: asLines(sql, rows), scannedBytes: result.stats().scannedBytes }
      } catch (error) {
        if (error instanceof RemoteQueryError) throw new Error(error.facts.got?.split('\n')[0])
        throw error
      } finally {
        await trino.close()
      }
    },
  })

/** Athena gives a plan line by line. */
const asLines = (sql: string, rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] =>
  /^explain/i.test(sql)
    ? rows.flatMap(([plan]) =>
        String(plan)
          .split('\n')
          .map(line => [line]),
      )
    : rows
