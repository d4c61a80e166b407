import { resolve } from 'node:path'
import { type Connector, getConnector } from '../config/connector.js'
import { makeDemo } from '../demo/makeDemo.js'
import { writeText } from '../output/textWriter.js'
import { listVanished } from '../snapshot/changeListing.js'
import { getSnapshot } from '../snapshot/findSnapshot.js'
import { type FolderRow, listFolders } from '../snapshot/folderListing.js'
import { importReports } from '../snapshot/importReports.js'
import { recordSnapshot } from './audited.js'
import { withConnectorTurn } from './connectorTurn.js'
import { importedLine, madeLine, nextLines, tourLines } from './demoScreen.js'
import type { Context, World } from './globals.js'
import { shownPlace } from './importScreen.js'
import { type ImportSession, withImport } from './importSession.js'

const CONNECTOR = 'demo'
const LARGEST = 5

/**
 * Makes the demo in a folder, imports its reports and shows a tour of them.
 * @param openConfig gives the context of a command that reads the configuration at a path
 */
export async function runDemo(
  dir: string,
  { cwd, env, signal, stdout }: World,
  openConfig: (path: string) => Promise<Context>,
): Promise<void> {
  const folder = resolve(cwd, dir)
  const say = (lines: readonly string[]) => writeText(stdout, [lines.map(line => `${line}\n`).join('')])
  const made = await makeDemo(folder, { signal })
  await say([madeLine(made)])
  const context = await openConfig(made.configPath)
  const connector = getConnector(context.config.connectors, CONNECTOR)
  await withConnectorTurn(connector, 'import', { ...context, log: { ...context.log, notice: () => {} } }, context =>
    withImport(context, connector, async session => {
      const options = { connector, wanted: { which: 'all' }, again: false, limits: session.limits } as const
      for await (const outcome of importReports(options, session.effects)) {
        context.progress.clear()
        if (outcome.kind === 'refused') throw outcome.error
        await recordSnapshot('import', outcome.receipt, outcome.kind === 'imported' ? 'done' : 'unchanged', context)
        await say([importedLine(outcome.receipt, outcome.kind === 'imported')])
      }
      await say(await tour(connector, session))
    }),
  )
  await say(nextLines(shownPlace(folder, cwd), isByNpm(env) ? 'npx stocktake' : 'stocktake'))
}

/** In a clone, by `npm run demo` or `npx stocktake demo`, the command is on no path: there npx finds it. */
const isByNpm = ({ npm_lifecycle_event }: World['env']): boolean =>
  npm_lifecycle_event === 'demo' || npm_lifecycle_event === 'npx'

async function tour(connector: Connector, session: ImportSession): Promise<string[]> {
  const found = await getSnapshot({ connector: connector.name }, [connector], session)
  const folders: FolderRow[] = []
  for await (const row of await listFolders({ ...found, path: '', depth: 1, sort: 'bytes' }, session))
    if (folders.length < LARGEST) folders.push(row)
  return tourLines(found.receipt, folders, (await listVanished(found.receipt, session))[0])
}
