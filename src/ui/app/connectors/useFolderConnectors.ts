import type { Connector } from '../../../api/connectors.js'
import { useConnectors } from './useConnectors.js'

/** The names of the connectors that are read from folders, as the demo's is: nobody asks money for that. */
export const useFolderConnectors = (): string[] =>
  (useConnectors().data?.connectors ?? []).filter(isReadFromFolder).map(({ name }) => name)

const isReadFromFolder = ({ source_bucket, inventory }: Connector): boolean =>
  (inventory?.destination_bucket ?? source_bucket).includes('/')
