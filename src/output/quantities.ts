import { UsageError } from '../errors.js'

const DECIMAL_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const
const MS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Bytes in decimal units: `512 B`, `1.5 kB`, `375 MB`, `38.2 GB`. From GB on there is always one decimal. */
export function formatBytes(bytes: number | bigint): string {
  const value = Math.abs(Number(bytes))
  const unit = DECIMAL_UNITS.findIndex((_, i) => Number(roundBytes(value / 1000 ** i, i)) < 1000)
  const power = unit < 0 ? DECIMAL_UNITS.length - 1 : unit
  return `${bytes < 0 ? '-' : ''}${roundBytes(value / 1000 ** power, power)} ${DECIMAL_UNITS[power]}`
}

const roundBytes = (value: number, power: number): string =>
  value.toFixed(power >= 3 || (power > 0 && value < 9.95) ? 1 : 0)

/** A number with its thousands parted: `203,118`. Exact for any bigint. */
export const formatCount = (count: number | bigint): string => partThousands(String(count))

/** `1 object`, `1,204 objects` */
export const countText = (count: number | bigint, noun: string): string =>
  `${formatCount(count)} ${noun}${Number(count) === 1 ? '' : 's'}`

const partThousands = (digits: string): string => digits.replace(/(?<!\..*)\B(?=(\d{3})+(?!\d))/g, ',')

/** A length of time in its largest fitting unit: `420 ms`, `1.4 s`, `31 s`, `2 min`, `9 h`, `7 days`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${(ms / MS.s).toFixed(1).replace('.0', '')} s`
  if (ms < 119_500) return `${Math.round(ms / MS.s)} s`
  if (ms < 119.5 * MS.min) return `${Math.round(ms / MS.min)} min`
  if (ms < 47.5 * MS.h) return `${Math.round(ms / MS.h)} h`
  return `${Math.round(ms / MS.d)} days`
}

/** A share as a percentage: 0.975 is `97.5 %`. Only nothing is `0 %`, and only the whole is `100 %`. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1 %'
  if (share > 0.9994 && share < 1) return '99.9 %'
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`
}

/** USD: `1,204.50 USD`; of less than a cent two digits that say something, `0.0010 USD`. */
export function formatUsd(usd: number): string {
  const value = Math.abs(usd)
  const digits = value === 0 ? 0 : value >= 0.01 ? 2 : Math.min(20, 1 - Math.floor(Math.log10(value)))
  return `${usd < 0 ? '-' : ''}${partThousands(value.toFixed(digits))} USD`
}

/**
 * USD to the cent: `1,204.50 USD`; of what costs less than half of one, `<0.01 USD`.
 * @param less what is said instead of `<` in sentences
 */
export const formatCents = (usd: number, less = '<'): string =>
  usd > 0 && usd < 0.005 ? `${less}0.01 USD` : formatUsd(Math.round(usd * 100) / 100)

/** A difference with its sign: `withSign(-5e8, formatBytes)` is `-500 MB`, and nothing is `0 B` without one. */
export const withSign = <T extends number | bigint>(change: T, format: (amount: T) => string): string =>
  `${change > 0 ? '+' : ''}${format(change)}`

const BYTE_UNITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(DECIMAL_UNITS.map((unit, i) => [unit.toLowerCase(), 1000 ** i])),
  ...Object.fromEntries(['kib', 'mib', 'gib', 'tib', 'pib'].map((unit, i) => [unit, 1024 ** (i + 1)])),
}

/**
 * A size as a person writes it: `450MB` (decimal), `2GiB` (binary), `1.5 GB`, `512 B`; letters in any case.
 * @returns whole bytes
 * @throws {UsageError}
 */
export function parseBytes(text: string): number {
  const [amount, unit] = parseAmount(text)
  const factor = BYTE_UNITS[unit.toLowerCase()]
  if (amount === undefined || factor === undefined || !Number.isSafeInteger(Math.round(amount * factor)))
    throw new UsageError({ subject: 'size', expected: 'a size such as 450MB or 2GiB', got: JSON.stringify(text) })
  return Math.round(amount * factor)
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ...MS, m: MS.min, day: MS.d, days: MS.d }

/**
 * A length of time as a person writes it: `36h`, `90 s`, `15min`, `2d`, `1w`.
 * @returns milliseconds
 * @throws {UsageError}
 */
export function parseDuration(text: string): number {
  const [amount, unit] = parseAmount(text)
  const factor = DURATION_UNITS[unit]
  if (amount === undefined || factor === undefined || !Number.isSafeInteger(Math.round(amount * factor)))
    throw new UsageError({ subject: 'duration', expected: 'a duration such as 36h or 2d', got: JSON.stringify(text) })
  return Math.round(amount * factor)
}

/**
 * A percentage as a person writes it: `0.1%` is 0.001.
 * @returns a fraction from 0 to 1
 * @throws {UsageError}
 */
export function parsePercent(text: string): number {
  const [amount, unit] = parseAmount(text)
  if (amount === undefined || unit !== '%' || amount > 100)
    throw new UsageError({
      subject: 'percentage',
      expected: 'a percentage from 0% to 100%, such as 0.1%',
      got: JSON.stringify(text),
    })
  return amount / 100
}

/** The number before the unit, and the unit; no number where there is none. */
function parseAmount(text: string): [amount: number | undefined, unit: string] {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+|%)\s*$/i.exec(text) ?? []
  return [amount === undefined ? undefined : Number(amount), unit ?? '']
}

/** How long ago that was: `9 h`; nothing for a time to come. */
export const formatAge = (time: Date, now: Date): string =>
  now.getTime() < time.getTime() ? '' : formatDuration(Math.floor((now.getTime() - time.getTime()) / 1000) * 1000)
