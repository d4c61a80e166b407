import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface QueryArgs extends GlobalArgs {
  sql?: string
  file?: string
}

export const queryCommand = defineCommand<QueryArgs>({
  command: 'query [sql]',
  describe: "run one SELECT over the lake's views, in DuckDB's SQL",
  builder: yargs =>
    yargs
      .positional('sql', { type: 'string', describe: 'the statement; see also `stocktake views`' })
      .option('file', { type: 'string', alias: 'f', describe: 'a file that holds the statement' })
      .example('$0 query "select storage_class, count(*) from objects_latest group by 1"', ''),
  handler: async args => {
    const [{ readStatement }, { queryLake }, { withLake }] = await Promise.all([
      import('./statement.js'),
      import('../snapshot/lakeQuery.js'),
      import('./lakeSession.js'),
    ])
    const context = await openContext(args)
    const sql = await readStatement(args, context)
    await withLake(context, async session => {
      const { columns, rows } = await queryLake(sql, session)
      await context.write(
        rows,
        columns.map(({ name }) => ({ name })),
      )
    })
  },
})
