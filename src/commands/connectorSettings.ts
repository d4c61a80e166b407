import { resolve } from 'node:path'
import { isFolder } from '../config/schema.js'
import { readTextFile } from '../config/textFile.js'
import { UsageError } from '../errors.js'
import { mergeSettings, type StoredSettings } from '../lake/lakeConnectors.js'
import { parseJson } from '../lake/parseJson.js'
import { SETTING_FLAGS } from './connectorFlags.js'
import type { World } from './globals.js'

/** The arguments of `connectors add` and `connectors set`: {@link SETTING_FLAGS}, and the name of a file. */
export type SettingArgs = Readonly<Record<string, unknown>>

/**
 * What the options change about settings: those of a file first, then those of the flags. Relative folders are so to where
 * the person is, and become absolute.
 * @throws {UsageError} for a file that isn't there, or is no JSON
 */
export async function readPatches(args: SettingArgs, world: Pick<World, 'cwd' | 'stdin'>): Promise<StoredSettings[]> {
  const file = args['from-json']
  const given = typeof file === 'string' ? await readJson(file, world) : {}
  const flags = Object.entries(SETTING_FLAGS).map(([flag, { at }]) => nest(at, args[flag]))
  const typed = [...flags, readFields(args.field)].reduce(mergeSettings, {})
  return [given, typed].filter(patch => Object.keys(patch).length > 0).map(patch => placeFolders(patch, world.cwd))
}

/** `--field size=Bytes`: what a report calls an inventory field otherwise. */
function readFields(fields: unknown): StoredSettings {
  if (!Array.isArray(fields)) return {}
  const entries = fields.map((text: unknown): [string, string] => {
    const [, name, column] = /^([^=]+)=(.+)$/s.exec(String(text)) ?? []
    if (name !== undefined && column !== undefined) return [name, column]
    throw new UsageError({ subject: '--field', expected: 'FIELD=NAME IN THE REPORT', got: JSON.stringify(text) })
  })
  return { inventory: { fields: Object.fromEntries(entries) } }
}

async function readJson(file: string, { cwd, stdin }: Pick<World, 'cwd' | 'stdin'>): Promise<StoredSettings> {
  const json = parseJson(file === '-' ? await readAll(stdin) : await readNamed(resolve(cwd, file)))
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as StoredSettings
  throw new UsageError({
    subject: `--from-json ${file}`,
    expected: 'one JSON object with the settings of a connector, as in stocktake.yaml',
    got: json === undefined ? 'no JSON' : JSON.stringify(json).slice(0, 60),
  })
}

async function readAll(stdin: World['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin ?? []) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

async function readNamed(path: string): Promise<string> {
  const text = await readTextFile(path)
  if (text === undefined) throw new UsageError({ subject: `--from-json ${path}`, got: 'no such file' })
  return text
}

/** `{ inventory: { prefix: 'x' } }` for a value at `inventory.prefix`; nothing where there is none. */
function nest(at: readonly string[], value: unknown): StoredSettings {
  if (value === undefined) return {}
  const [first = '', ...rest] = at
  return { [first]: rest.length === 0 ? (value as string | number | boolean) : nest(rest, value) }
}

/** The folders that stand for buckets, absolute. */
function placeFolders(settings: StoredSettings, cwd: string): StoredSettings {
  const { source_bucket: source, inventory } = settings
  const place = (bucket: unknown) => (typeof bucket === 'string' && isFolder(bucket) ? resolve(cwd, bucket) : undefined)
  const [sourcePath, destinationPath] = [place(source), place(Reflect.get(Object(inventory), 'destination_bucket'))]
  return {
    ...settings,
    ...(sourcePath !== undefined && { source_bucket: sourcePath }),
    ...(destinationPath !== undefined && {
      inventory: { ...(inventory as StoredSettings), destination_bucket: destinationPath },
    }),
  }
}
