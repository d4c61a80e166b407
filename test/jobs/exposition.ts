/** A metric as `/metrics` tells it. */
export interface ExposedMetric {
  readonly name: string
  readonly type: string
  readonly help: string
  /** Of its samples, in order. */
  readonly labels: readonly string[]
}

/** The metrics of a text in Prometheus' format. */
export function parseExposition(text: string): ExposedMetric[] {
  const lines = text.split('\n')
  return lines.flatMap(line => {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (name === '') return []
    const help = lines.find(other => other.startsWith(`# HELP ${name} `))?.slice(`# HELP ${name} `.length) ?? ''
    const samples = lines.filter(other => new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`).test(other))
    const names = samples.flatMap(sample => [...sample.matchAll(/[{,]([a-z_]+)="/g)].map(found => found[1] ?? ''))
    return [{ name, type, help, labels: [...new Set(names)].filter(label => label !== 'le') }]
  })
}
