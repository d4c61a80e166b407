import { createHash } from 'node:crypto'
import { connectorGuid } from '../config/connector.js'

/** As the model `folders` makes it. */
export const folderGuid = (connector: string, path: string): string =>
  `fld_${createHash('md5')
    .update(`${connectorGuid(connector)}\n${path}`)
    .digest('hex')
    .slice(0, 26)}`
