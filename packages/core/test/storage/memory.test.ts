import { openMemoryStore } from '../../src/storage/memory.ts'
import { describeObjectStore } from './contract.ts'

describeObjectStore('MemoryStore', async () => openMemoryStore())
