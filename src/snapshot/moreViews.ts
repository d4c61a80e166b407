import type { NamedView } from '../engine/namedView.js'

/** Views beside those of the lake's snapshots, which others know to make: of the lake's own tables. */
export interface MoreViews {
  /** The tables that they show, as the catalog calls them. */
  readonly names: readonly string[]
  /** Those that a statement names. */
  find(sql: string): string[]
  /** What those are called in SQL that there are. */
  list(): Promise<string[]>
  /**
   * Some of them, in the order in which they are made; none of those that aren't there.
   * @param options.isNamed whether a person asked for them: what can't be read is an error then, and else left out
   * @param options.asOf they hold nothing that was written later
   */
  load(names: readonly string[], options: { readonly isNamed: boolean; readonly asOf?: Date }): Promise<NamedView[]>
}

/** Those of several, each of which knows its own names. */
export const joinViews = (all: readonly MoreViews[]): MoreViews => ({
  names: all.flatMap(({ names }) => names),
  find: sql => all.flatMap(each => each.find(sql)),
  list: async () => (await Promise.all(all.map(each => each.list()))).flat(),
  load: async (names, options) => (await Promise.all(all.map(each => each.load(names, options)))).flat(),
})

export const noMoreViews: MoreViews = { names: [], find: () => [], list: async () => [], load: async () => [] }
