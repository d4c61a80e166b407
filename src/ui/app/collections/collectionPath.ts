/** Where the API has a collection. */
export const collectionPath = (guid: string): string => `/collections/${encodeURIComponent(guid)}`
