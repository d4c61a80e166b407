/** A value as Athena writes it into a result, where Trino writes JSON. */
export function athenaText(value: unknown, type: string): string {
  if (value === null) return 'null'
  if (type === 'varbinary')
    return Buffer.from(String(value), 'base64')
      .toString('hex')
      .replace(/..(?=.)/g, '$& ')
  if (Array.isArray(value) && type.startsWith('row'))
    return `{${value.map((each, i) => `field${i}=${athenaText(each, '')}`).join(', ')}}`
  if (Array.isArray(value)) return `[${value.map(each => athenaText(each, '')).join(', ')}]`
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}=${athenaText(each, '')}`)
      .join(', ')}}`
  return String(value)
}
