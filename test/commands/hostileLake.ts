import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReportRow } from '../../src/demo/writeReport.js'
import { FIRST_TIME, openSmallPlace, SECOND_TIME, type SmallPlace } from './smallLake.js'

export const CONNECTOR = 'zanzibar'
const OTHER = 'kilimanjaro'
const BUCKET = 'ngorongoro-bucket'

/** Names in keys. But for {@link COMMON} none of their words is one that a page could have for itself. */
export const FOLDERS: readonly string[] = [
  'serengeti',
  'Olduvai Gorge, Arusha',
  '</script><img src=x onerror=alert(1)>quagga',
  '"><svg onload=alert(2)>okapi',
  '$' + '{bongo}&amp;{{eland}}',
  "'; drop table dikdik; --",
  '\u202egerenuk\u2066kudu',
  'javascript:alert(3)//impala',
  '</style><style>*{background:url(http://127.0.0.1/topi)}',
  'Ünterwürzflöße€漢字',
  `long${'gazelle'.repeat(60)}`,
]
const FILE = 'hartebeest.xyzzy'

/** Words that pages have of their own. */
const COMMON = 'script style onerror onload alert table javascript background http drop long'.split(' ')

/** Every name that is anyone's secret, in the pieces that one might find of it. */
export const SECRET_PARTS: readonly string[] = [
  CONNECTOR,
  OTHER,
  BUCKET,
  'ngorongoro',
  FILE,
  'hartebeest',
  'xyzzy',
  ...FOLDERS.flatMap(name => [name, ...(name.match(/\p{Script=Latin}{4,}|\p{Script=Han}+/gu) ?? [])]),
].filter(part => !COMMON.includes(part))

const SETTINGS = `
connectors:
  ${CONNECTOR}:
    source_bucket: ./${BUCKET}
    inventory: { destination_bucket: ./reports, config_name: daily }
    schedule: daily
  ${OTHER}: { source_bucket: other-bucket, schedule: daily }
`

const object = (key: string, size: number, more: Partial<ReportRow> = {}): ReportRow => ({
  ...{ key, size, eTag: `e${size}`, lastModified: new Date('2026-01-01T10:30:00Z') },
  ...more,
})

/** A lake of a bucket whose names are all secret, and hostile to who shows them; two reports are imported. */
export async function openHostileLake(): Promise<SmallPlace> {
  const place = await openSmallPlace()
  await writeFile(join(place.folder, 'stocktake.yaml'), SETTINGS)
  const rows = FOLDERS.flatMap((name, i) => [
    object(`${name}/${FILE}`, 1_000_000 * (i + 1)),
    object(`serengeti/${name}/deeper/${FILE}`, 3_000_000 * (i + 1)),
  ])
  const more = { sourceBucket: BUCKET }
  await place.putReport(FIRST_TIME, rows, more)
  const later = FOLDERS.slice(1).map((name, i) => object(`${name}/new/${FILE}`, 5_000_000 * (i + 1)))
  const old = object(`serengeti/${FILE}`, 7, { versionId: 'v0', isLatest: false })
  await place.putReport(SECOND_TIME, [...rows.slice(3), ...later, old], more)
  const { code, stderr } = await place.run('import', CONNECTOR, '--all')
  if (code !== 0) throw new Error(stderr)
  return place
}
