/** Views beside those of the lake's snapshots, which others know to make: of the lake's own tables. */
export interface MoreViews {
  /** The tables that they show, as the catalog calls them. */
  readonly names: readonly string[]
  /** Those that a statement names. */
  find(sql: string): string[]
  /** What those are called in SQL that there are. */
  list(): Promise<string[]>
  /**
   * The statements that make some of them, in order; none of those that aren't there.
   * @param options.isNamed whether a person asked for them: what can't be read is an error then, and else left out
   * @param options.asOf they hold nothing that was written later
   */
  load(names: readonly string[], options: { readonly isNamed: boolean; readonly asOf?: Date }): Promise<string[]>
}

export const noMoreViews: MoreViews = { names: [], find: () => [], list: async () => [], load: async () => [] }
