/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A metric whose values are computed from what is known now. */
export interface Computed<Facts> {
  readonly name: string
  readonly help: string
  readonly labels: string[]
  /** None where nothing is known. */
  readonly samples: (facts: Facts) => readonly Sample[]
}

export const sample = (value: number, labels: Sample['labels'] = {}): Sample => ({ labels, value })

/** Epoch seconds, as Prometheus wants times. */
export const seconds = (time: Date): number => time.getTime() / 1000

/** A number or a time as a sample; none where it isn't known. */
export const samplesOf = (value: number | Date | null, labels: Sample['labels']): Sample[] =>
  value === null ? [] : [sample(value instanceof Date ? seconds(value) : value, labels)]
