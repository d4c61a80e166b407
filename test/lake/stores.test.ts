import { join } from 'node:path'
import { describe } from 'vitest'
import { FolderStore } from '../../src/lake/folderStore.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { testPromises } from './storePromises.js'

describe('a folder keeps the promises of a store', () => testPromises(folder => new FolderStore(join(folder, 'lake'))))

describe('memory keeps the promises of a store', () => testPromises(() => new MemoryStore()))
