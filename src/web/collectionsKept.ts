import { type Collection, listCollections } from '../lake/lakeCollections.js'
import type { LakeMoment } from './lakeReader.js'
import type { WebWorld } from './webWorld.js'

/** Lists the collections of a lake once for each state of it. */
export function keepCollections({ store }: Pick<WebWorld, 'store'>): (moment: LakeMoment) => Promise<Collection[]> {
  let kept: { readonly version: string; readonly collections: Promise<Collection[]> } | undefined
  return ({ version }) => {
    if (kept?.version !== version) {
      const collections = listCollections(store)
      kept = { version, collections }
      collections.catch(() => {
        kept = undefined
      })
    }
    return kept.collections
  }
}
