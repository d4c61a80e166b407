import { defineCommand, openContext } from './globals.js'

export const initCommand = defineCommand({
  command: 'init',
  describe: 'write a commented stocktake.yaml unless there is one, and create the lake',
  handler: async args => {
    const [{ configPathFor, createConfigFile, formatConfigTemplate, lakeForFile }, { getLakePlace }, lakes, session] =
      await Promise.all([
        import('../config/configTemplate.js'),
        import('../config/config.js'),
        import('../lake/lake.js'),
        import('./lakeSession.js'),
      ])
    const path = configPathFor(args, args.world)
    const wrote = await createConfigFile(path, formatConfigTemplate(lakeForFile(path, args, args.world)))
    const context = await openContext({ ...args, config: path })
    const { config, log, now } = context
    const place = getLakePlace(config)
    const { isNew } = await lakes.createLake(await session.openPlace(place, context), now())
    log.notice(`${wrote ? 'wrote' : 'kept '} ${path}`)
    log.notice(`${isNew ? 'made ' : 'kept '} the lake ${place}`)
    if (wrote) {
      log.notice('next: name a bucket under connectors in it, then `stocktake import <connector>`')
      log.notice('   or: `stocktake serve`, and do both on its page')
    }
  },
})
