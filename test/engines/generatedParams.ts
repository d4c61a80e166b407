import type { Params } from '../../src/engine/engine.js'
import { pickParams } from '../../src/models/model.js'
import type { Model } from '../../src/models/parseModel.js'
import { GAPS_PARAMS, NARROW_GAPS_PARAMS } from './generatedGaps.js'
import { LAKE_PARAMS } from './generatedLake.js'

/** Values with which every model finds rows in the generated lake. */
const WIDE: Params = {
  ...LAKE_PARAMS,
  ...GAPS_PARAMS,
  connector_a: 'photos',
  connector_b: 'photos',
  snapshot_a: '2026-01-13T01-00Z',
  snapshot_b: '2026-01-20T01-00Z',
  prefix: '',
  path: '',
  under: '',
  by: 'bytes',
  depth: 2,
  depth_from: 0,
  depth_to: 3,
  sort: 'bytes',
  recursive: true,
  versions: true,
  top: 1000,
  least: 1,
  below: 131_072,
  skew: 1.5,
  now: '2026-01-22T01:00:00Z',
  freshness: 'photos 86400000 259200000;logs 1 2;other;new',
  assumed_tier: 'FREQUENT',
  priority: '',
  kind: '',
  state: 'all',
  from_year: 2024,
  to_year: 2026,
  month: 2,
  dimensions: 3,
  has_is_latest: true,
  has_is_delete_marker: false,
  least_usd: 0.5,
  from_usd: 0,
  to_usd: 99_999,
  product: 'p1',
}

/** Few rows, a folder of odd names, no base; of reports that can tell of all connectors, those. */
const NARROW: Params = {
  ...WIDE,
  ...NARROW_GAPS_PARAMS,
  base_dt: null,
  base_snapshot: null,
  prefix: 'odd names/',
  prefix_end: 'odd names0',
  path: 'odd names/',
  path_end: 'odd names0',
  under: 'odd names',
  by: 'objects',
  depth: 1,
  depth_from: 1,
  depth_to: 1,
  sort: 'modified',
  recursive: false,
  versions: false,
  top: 3,
  least: 5_000_000_000_000,
  below: 1,
  skew: 100,
  freshness: '',
  assumed_tier: null,
  state: 'open',
  tenant: 't1',
  category: 'é',
  brand: "o'b",
  condition: 'new',
  from_year: 2025,
  to_year: 2025,
  product: null,
  vector: '[1, -0.5e0, 0]',
}

/** Which values: those with which every model finds rows, or others, with which some find none. */
export type Asked = 'wide' | 'narrow'

/** Values for the parameters of a model. Numbers that aren't known are prices. */
export function fillParams(model: Pick<Model, 'params' | 'sql'>, asked: Asked): Params {
  const prices = Object.fromEntries(
    model.params.flatMap(({ name, type }) => (type === 'DOUBLE' ? [[name, 0.023]] : [])),
  )
  const all: Params = model.sql.includes('$connector is null') ? { connector: null } : {}
  return pickParams(model, { ...prices, ...(asked === 'wide' ? WIDE : { ...NARROW, ...all }) })
}
