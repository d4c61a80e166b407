import fc from 'fast-check'
import type { Engine } from '../../src/engine/engine.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { selectNoRows } from '../models/inputs.js'

// Sales for the queries of tables: few products, so that there are ties, and whatever may be missing in a column.

const rarelyNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 6 })

const sale = fc.record({
  product_id: fc.constantFrom('p1', 'p2', 'p3', 'p4', 'p 📷'),
  tenant_id: fc.constantFrom('t1', 't1', 't2'),
  category: rarelyNull(fc.constantFrom('shoes', 'é', '')),
  brand: rarelyNull(fc.constantFrom("o'b", 'ACME', 'Ünder', '')),
  condition: rarelyNull(fc.constantFrom('new', 'good', 'worn')),
  sold_price: fc.oneof(
    fc.constantFrom('0.00', '10.00', '99999999.99'),
    fc.integer({ max: 99_999, min: 0 }).map(toPrice),
  ),
  sold_date: fc
    .integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2026, 11, 31) })
    .map(ms => new Date(ms).toISOString().replace('T', ' ').replace('Z', '')),
  season: rarelyNull(fc.constantFrom('Q1', 'Q2', 'Q3', 'Q4')),
  image_s3_key: rarelyNull(fc.constantFrom('images/a.jpg', '')),
  embedding: rarelyNull(
    fc.oneof(
      fc.constantFrom('[1, 0, 0]', '[0, 0, 0]', '[0.6, 0.8]', '[]'),
      fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 3, maxLength: 3 }).map(each => JSON.stringify(each)),
    ),
  ),
  description: rarelyNull(fc.constantFrom('as new', '')),
  source: rarelyNull(fc.constantFrom('shop', 'auction')),
})

function toPrice(cents: number): string {
  return (cents / 100).toFixed(2)
}

/** Makes the table of sales beside those of the generated lake. */
export async function makeGeneratedSales(seed: number, engine: Engine): Promise<void> {
  const sales = fc.sample(sale, { seed, numRuns: 300 })
  await engine.run(`create table given.sales_history as ${selectNoRows('sales_history')}`)
  const rows = sales.map(each => `(${Object.values(each).map(spellValue).join(', ')})`)
  const columns = Object.keys(sales[0] ?? {})
  await engine.run(`
    insert into given.sales_history
    by name select * replace (cast(sold_date as timestamp) as sold_date), year(cast(sold_date as timestamp)) as year,
      month(cast(sold_date as timestamp)) as month
    from (values ${rows.join(', ')}) as given (${columns.join(', ')})`)
}

const spellValue = (value: string | null): string => (value === null ? 'null' : quoteString(value))
