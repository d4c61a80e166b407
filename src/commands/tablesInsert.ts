import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface InsertArgs extends GlobalArgs {
  name: string
  files: string[]
  batch?: string
  rejected?: string
  overwrite?: boolean
  strict?: boolean
  maxRejected?: string
  inputFormat?: 'ndjson' | 'csv' | 'parquet'
  delimiter?: string
  stage?: string
}

export const tablesInsertCommand = defineCommand<InsertArgs>({
  command: 'insert <name> <files..>',
  describe: 'put the rows of files into one, all in one snapshot; bad rows are kept apart, with reasons',
  builder: yargs =>
    yargs
      .parserConfiguration({ 'unknown-options-as-args': true }) // else yargs loses a lone `-`; `checkFlags` refuses the rest
      .positional('name', { type: 'string', demandOption: true, describe: 'its name' })
      .positional('files', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'NDJSON, CSV with a header, or Parquet; the first two may be gzip; - is what is piped in',
      })
      .option('batch', {
        type: 'string',
        describe: 'a name for these rows: under it they are in once, however often it is run',
      })
      .option('strict', { type: 'boolean', describe: 'one bad row refuses all (exit 4), as --max-rejected 0' })
      .option('max-rejected', {
        type: 'string',
        conflicts: 'strict',
        describe:
          'the bad rows that it bears: 20, or 1% (default: 10 or 0.1%, of few rows half of them); more refuse all',
      })
      .option('rejected', {
        type: 'string',
        describe: 'where bad rows go, as JSON lines (default: FILE.rejected.jsonl here)',
      })
      .option('overwrite', { type: 'boolean', describe: 'replace that file where there is one' })
      .option('input-format', {
        choices: ['ndjson', 'csv', 'parquet'] as const,
        describe: "what the files are (default: by their names' ends)",
      })
      .option('delimiter', { type: 'string', describe: 'of CSV (default: a comma; of .tsv a tab)' })
      .options(stageOption)
      .example('$0 tables insert sales_history sales-2026-01.jsonl --batch 2026-01', '')
      .example('$0 tables insert sales_history - < sales.jsonl', ''),
  handler: async args => {
    const { runInsert } = await import('./tablesInsertRun.js')
    await runInsert(args.name, args.files, args, await openContext(args))
  },
})
