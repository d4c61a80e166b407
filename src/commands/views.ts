import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface ViewsArgs extends GlobalArgs {
  dialect: 'duckdb' | 'athena'
}

export const viewsCommand = defineCommand<ViewsArgs>({
  command: 'views',
  describe: "print the SQL that makes the lake's views in another engine",
  builder: yargs =>
    yargs.option('dialect', {
      choices: ['duckdb', 'athena'] as const,
      default: 'duckdb' as const,
      describe: 'whose SQL',
    }),
  handler: async args => {
    const [{ formatViews, listViewTables }, { getLakePlace }, { openPlace }, { filesCatalog }, { writeText }] =
      await Promise.all([
        import('../snapshot/viewStatements.js'),
        import('../config/config.js'),
        import('./lakeSession.js'),
        import('../iceberg/filesCatalog.js'),
        import('../output/textWriter.js'),
      ])
    const context = await openContext(args)
    const place = getLakePlace(context.config)
    const tables = await listViewTables(filesCatalog(await openPlace(place, context), context))
    await writeText(context.stdout, [formatViews(args.dialect, place, tables)])
  },
})
