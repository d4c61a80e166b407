import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification, type Vitest } from 'vitest/node'

/**
 * Starts the slowest files first, so that none of them is alone at the end: a fresh clone doesn't know how long any of them
 * takes, and would go by their sizes. Of projects whose files share a process the files stay together, as they share it
 * only then: these projects come last, each with its slowest files first.
 * @param slow files by their paths from the root of the package, the slowest first; what isn't named comes after them
 */
export const slowestFirst = (slow: readonly string[]) =>
  class extends BaseSequencer {
    readonly #root: string

    constructor(vitest: Vitest) {
      super(vitest)
      this.#root = vitest.config.root
    }

    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await super.sort(files)
      const projects = [...new Set(sorted.map(({ project }) => project))]
      const places = new Map(slow.map((file, place) => [file, place]))
      const rankOf = ({ moduleId, project }: TestSpecification): readonly number[] => {
        const place = places.get(relative(this.#root, moduleId)) ?? slow.length
        return [project.config.isolate ? place : slow.length, projects.indexOf(project), place]
      }
      return sorted.toSorted((a, b) => compareRanks(rankOf(a), rankOf(b)))
    }
  }

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((rank, i) => rank !== b[i])
  return (a[at] ?? 0) - (b[at] ?? 0)
}
