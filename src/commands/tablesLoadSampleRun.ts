import { loadSample, sampleBatch } from '../tables/loadSample.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { deedOf, tellAppended, toAppendedRow, withAppend } from './tablesAppend.js'
import type { TableFlags } from './tablesSession.js'

interface SampleFlags extends TableFlags {
  readonly rows: number
  readonly seed: number
  readonly until?: string
  readonly again?: boolean
}

/** Puts sample rows into a table. @throws what `loadSample` does */
export function runLoadSample(name: string, flags: SampleFlags, context: Context): Promise<void> {
  const { rows, seed } = flags
  const options = { rows, seed, until: flags.until ?? context.now().toISOString().slice(0, 10) }
  const batch = sampleBatch(options)
  return withAppend(name, flags, context, async ({ declared, table, effects }) => {
    if (flags.until === undefined) context.log.notice(`until ${options.until}; --until gives the same rows another day`)
    const appended = await audited(
      { action: 'table load-sample', subject: declared.table },
      context,
      () => loadSample(options, flags.again ? undefined : batch, declared, table, effects),
      appended => deedOf(appended, { batch, ...(flags.again && { again: 1 }) }),
    )
    const row = toAppendedRow(declared.table, flags.again ? undefined : batch, appended)
    const why = `the batch ${batch} is in ${declared.name}; --again puts it in once more, another --seed gives other rows`
    await tellAppended(declared.name, row, why, context)
  })
}
