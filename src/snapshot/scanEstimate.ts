/** What a sample says of the whole: the number, and its standard error. */
export interface Estimate {
  readonly value: number
  readonly standardError: number
}

export interface ScanEstimate {
  readonly objectCount: Estimate
  readonly sizeBytes: Estimate
}

/** Adds up the units of a sample: folders, and objects met by themselves. */
export interface SampleSums {
  /** A unit is over: how much was listed of it. */
  add(objectCount: number, sizeBytes: number): void
  readonly objectCount: number
  readonly sizeBytes: number
  /** What the sums say of the whole. */
  estimate(): ScanEstimate
}

/**
 * Sums for a sample in which every unit is with the same chance, by itself.
 *
 * The whole is estimated as sum / rate (Horvitz and Thompson), and the variance of that as the sum over the units of
 * (1 - rate) / rate² · y² (Poisson sampling), where y is what the unit adds.
 *
 * @param rate above 0, up to 1
 * @see https://doi.org/10.1080/01621459.1952.10483446
 */
export function sumSample(rate: number): SampleSums {
  const [objects, bytes] = [sums(rate), sums(rate)]
  return {
    add(objectCount, sizeBytes) {
      objects.add(objectCount)
      bytes.add(sizeBytes)
    },
    get objectCount() {
      return objects.total()
    },
    get sizeBytes() {
      return bytes.total()
    },
    estimate: () => ({ objectCount: objects.estimate(), sizeBytes: bytes.estimate() }),
  }
}

function sums(rate: number) {
  let [sum, squares] = [0, 0]
  return {
    add(value: number): void {
      sum += value
      squares += value * value
    },
    total: () => sum,
    estimate: (): Estimate => ({ value: sum / rate, standardError: Math.sqrt((1 - rate) * squares) / rate }),
  }
}
