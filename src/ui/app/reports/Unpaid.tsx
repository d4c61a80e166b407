import { useFolderConnectors } from '../connectors/useFolderConnectors.js'

/** Below the report `savings`: of connectors that are read from folders nothing was paid. */
export function Unpaid({ connector }: { readonly connector: string | undefined }) {
  const names = useFolderConnectors().filter(name => connector === undefined || name === connector)
  if (names.length === 0) return null
  return (
    <p className="notice">
      {names.join(', ')}: read from a folder, which costs nothing; the figures are what S3 would have asked
    </p>
  )
}
