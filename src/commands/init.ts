import { defineCommand, openContext } from './globals.js'

export const initCommand = defineCommand({
  command: 'init',
  describe: 'write a commented stocktake.yaml unless there is one, and create the lake',
  handler: async args => {
    const [{ configPathFor, createConfigFile, formatConfigTemplate, lakeForFile }, { getLakePlace }, lakes] =
      await Promise.all([
        import('../config/configTemplate.js'),
        import('../config/config.js'),
        import('../lake/lake.js'),
      ])
    const path = configPathFor(args, args.world)
    const wrote = await createConfigFile(path, formatConfigTemplate(lakeForFile(path, args, args.world)))
    const { config, log, now } = await openContext({ ...args, config: path })
    const place = getLakePlace(config)
    const { isNew } = await lakes.createLake(lakes.openStore(place), now())
    log.notice(`${wrote ? 'wrote' : 'kept '} ${path}`)
    log.notice(`${isNew ? 'made ' : 'kept '} the lake ${place}`)
    if (wrote) log.notice('next: name a bucket under connectors in it, then `stocktake import <connector>`')
  },
})
