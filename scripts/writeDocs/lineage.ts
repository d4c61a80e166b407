import type { ModelFacts } from './models.js'

/**
 * A picture, as Mermaid text, of what is made from what, by the inputs that models name.
 * @param shown the models in it
 * @param between models that are in it only where one of these reads them
 */
export function drawLineage(shown: readonly ModelFacts[], between: readonly ModelFacts[]): string {
  const read = new Set(shown.flatMap(({ inputs }) => inputs))
  const models = [...between.filter(({ name }) => read.has(name)), ...shown]
  const edges = new Set(
    models.flatMap(({ path, name, inputs }) => inputs.map(input => `  ${node(input, path)} --> ${own(name, path)}`)),
  )
  return ['```mermaid', 'flowchart LR', ...edges, '```'].join('\n')

  /** A report may have the name of a view that it reads: then it is another node. */
  function own(name: string, path: string): string {
    const isTwice = models.some(other => other.name === name && other.path !== path)
    return isTwice && path.startsWith('reports/') ? `report_${id(name)}["${name}"]` : `${id(name)}["${name}"]`
  }

  function node(input: string, path: string): string {
    return own(input, models.find(({ name, path: other }) => name === input && other !== path)?.path ?? '')
  }
}

/** Mermaid takes no dashes in ids, and `end` for a word of its own. */
const id = (name: string): string => `n_${name.replace(/\W/g, '_')}`
