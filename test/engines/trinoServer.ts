import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort, startService } from '../services/childService.js'
import { runOnTrino } from './trinoClient.js'

/** A Trino of one node that answers on the loopback. */
export interface TrinoServer {
  readonly url: string
  stop(): Promise<void>
}

/** A catalog of Iceberg tables in folders of this machine. It is empty: tables that are elsewhere can be registered in it. */
export const TRINO_CATALOG = 'lake'

/** How a server is to be, other than tests have it. */
export interface TrinoSettings {
  /** More arguments for its JVM, the last of which count. */
  readonly jvm?: readonly string[]
}

/**
 * Starts the server and waits until it answers queries, which takes about ten seconds. It ends with this process.
 * @param catalogs more of them: the lines of their files, by their names
 */
export async function startTrino(
  folder: string,
  java: string,
  catalogs: Readonly<Record<string, readonly string[]>> = {},
  { jvm = [] }: TrinoSettings = {},
): Promise<TrinoServer> {
  const data = await mkdtemp(join(tmpdir(), 'stocktake-trino-'))
  const url = `http://127.0.0.1:${await findFreePort()}`
  await writeSettings(data, url, catalogs)
  const service = await startService(
    [java, ...jvmArguments(folder, data), ...jvm, '-cp', join(folder, 'lib', '*'), 'io.trino.server.TrinoServer'],
    { env: {}, cwd: data, startMs: 120_000 },
    // It answers before it takes itself for a node that work can be given to.
    async () => (await runOnTrino(url, "select 1 from system.runtime.nodes where state = 'active'")).rows.length === 1,
  )
  return {
    url,
    async stop() {
      await service.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}

async function writeSettings(
  data: string,
  url: string,
  more: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  await mkdir(join(data, 'catalog'))
  const server = [
    'coordinator=true',
    'node-scheduler.include-coordinator=true',
    `http-server.http.port=${new URL(url).port}`,
    'http-server.log.enabled=false',
    `discovery.uri=${url}`,
  ]
  const lake = [
    'connector.name=iceberg',
    'iceberg.catalog.type=TESTING_FILE_METASTORE',
    `hive.metastore.catalog.dir=local://${join(data, 'metastore')}`,
    'iceberg.register-table-procedure.enabled=true',
    'fs.native-local.enabled=true',
    'local.location=/',
  ]
  await writeFile(join(data, 'config.properties'), `${server.join('\n')}\n`)
  for (const [name, lines] of Object.entries({ ...more, [TRINO_CATALOG]: lake }))
    await writeFile(join(data, 'catalog', `${name}.properties`), `${lines.join('\n')}\n`)
}

// The launcher of a release gives the same, and would leave a process of its own in between. Few statements run often
// enough for the second compiler to pay.
const jvmArguments = (folder: string, data: string): string[] => [
  '-Xmx1G',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
  '-Dfile.encoding=UTF-8',
  `-Djava.io.tmpdir=${data}`, // libraries that it unpacks stay where they are
  '-Djdk.attach.allowAttachSelf=true',
  '--sun-misc-unsafe-memory-access=allow',
  '--enable-native-access=ALL-UNNAMED',
  '--add-modules=jdk.incubator.vector',
  '-Dnode.environment=test',
  '-Dnode.internal-address=127.0.0.1',
  '-Dnode.bind-ip=127.0.0.1',
  `-Dnode.data-dir=${data}`,
  `-Dconfig=${join(data, 'config.properties')}`,
  `-Dcatalog.config-dir=${join(data, 'catalog')}`,
  `-Dplugin.dir=${join(folder, 'plugin')}`,
]
