import { dirname } from 'node:path'
import { makeFolder } from '../lake/makeFolder.js'
import { defineCommand, openContext, requireClock } from './globals.js'

export const initCommand = defineCommand({
  command: 'init',
  describe: 'write a commented stocktake.yaml unless there is one, and create the lake',
  handler: async args => {
    const [{ configPathFor, createConfigFile, formatConfigTemplate, lakeForFile }, { createLakeOf }] =
      await Promise.all([import('../config/configTemplate.js'), import('./lakeSession.js')])
    requireClock(args.world.now())
    const path = configPathFor(args, args.world)
    await makeFolder(dirname(path))
    const wrote = await createConfigFile(path, formatConfigTemplate(lakeForFile(path, args, args.world)))
    const context = await openContext({ ...args, config: path })
    const { log } = context
    const { place, isNew, database } = await createLakeOf(context, { isWhole: true })
    log.notice(`${wrote ? 'wrote' : 'kept '} ${path}`)
    log.notice(`${isNew ? 'made ' : 'kept '} the lake ${place}`)
    if (database) log.notice(`${database.isNew ? 'made ' : 'kept '} the database ${database.name} in ${database.place}`)
    if (wrote) {
      log.notice('next: name a bucket under connectors in it, then `stocktake import <connector>`')
      log.notice('   or: `stocktake serve`, and do both on its page')
    }
  },
})
