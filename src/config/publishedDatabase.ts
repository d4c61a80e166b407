import type { Config } from './config.js'

/**
 * Glue's database with the lake's tables and views: the one that the catalog is, or the one that it is published to.
 * @returns `undefined` where the configuration names none
 */
export const publishedDatabase = ({ catalog, publish }: Pick<Config, 'catalog' | 'publish'>): string | undefined =>
  catalog.type === 'glue' ? catalog.database : publish.database

/** The region of that Glue. @returns `undefined` where the configuration names none for it: it is that of `aws` */
export const glueRegion = ({ catalog, publish }: Pick<Config, 'catalog' | 'publish'>): string | undefined =>
  catalog.type === 'glue' ? catalog.region : publish.region
